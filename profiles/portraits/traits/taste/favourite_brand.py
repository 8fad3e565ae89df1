"""Which brand a customer spends most on."""

import ibis.expr.types as ir
from django.utils.translation import gettext_lazy as _

from profiles.portraits.purchase_facts import Facts

from ..contract import Trait
from .favourite_category import favourites


class FavouriteBrand(Trait):
    key = "favourite_brand"
    title = _("Favourite brand")
    definition = _(
        "Brand with the largest share of spend; spend counts half after 90 days."
    )

    def values(self, facts: Facts) -> ir.Table:
        return favourites(facts, "brand").select(
            "customer", value="name", evidence="evidence"
        )
