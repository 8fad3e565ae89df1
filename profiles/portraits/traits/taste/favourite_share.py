"""How strong the favourite is."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .favourite_category import favourites


class FavouriteShare(Trait):
    key = "favourite_category_share"
    title = _("Share of the favourite category")
    definition = _("Share of spend, halved every 90 days, in the favourite category.")
    unit = "%"

    def values(self, facts: Facts) -> ir.Table:
        return favourites(facts, "category").select(
            "customer", value="share", evidence="evidence"
        )
