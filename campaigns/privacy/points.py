"""Points: whose they were goes, the ledger stays."""

from typing import ClassVar

from django.db.models import TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from campaigns.models import PointsLot, PointsMovement
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person


class Points(Store):
    label = _("Points")
    fate = _("Whose points were is deleted, and the notes beside them.")
    stays = _("How many came and went, and when: the shop's books must add up.")
    tables: ClassVar = (PointsMovement, PointsLot)

    def erase(self, person: Person) -> Counts:
        people = person.customers
        n = PointsMovement.objects.filter(customer__in=people).update(
            customer=None,
            note="",
            subject="",  # of an order that is hers no more
            # a key of the till's may hold an address
            key=Concat(Value("erased:"), Cast("pk", TextField())),
        )
        PointsMovement.objects.filter(to_customer__in=people).update(to_customer=None)
        PointsLot.objects.filter(customer__in=people).update(customer=None)
        return {"movement of points": n}

    def export(self, person: Person) -> Shown:
        found = PointsMovement.objects.filter(customer__in=person.customers)
        return list(found.order_by("pk").values("kind", "points", "at", "key", "note"))
