"""The customers' own rows: emptied when an erasure begins, so here is only what is left
to show.
"""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from profiles.models import Customer, ErasedId
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person


class Customers(Store):
    label = _("Customer")
    fate = _("Name, addresses, attributes and the shop's id are emptied.")
    stays = _(
        "An empty row, so that counts of what was sent still add up, and keyed hashes"
        " of the ids, so that an import or a repeated call can't bring the person back."
    )
    tables: ClassVar = (Customer, ErasedId)

    def erase(self, person: Person) -> Counts:
        return {}

    def export(self, person: Person) -> Shown:
        return list(
            Customer.objects.filter(pk__in=person.customers).order_by("pk").values()
        )
