"""Coupons: whose they were goes, the ledger stays."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from campaigns.models import Coupon
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person


class Coupons(Store):
    label = _("Coupons")
    fate = _("Whose a coupon was is deleted.")
    stays = _("Code, value, use and order number: the shop's books must add up.")
    tables: ClassVar = (Coupon,)

    def erase(self, person: Person) -> Counts:
        return {
            "coupon": (
                Coupon.objects.filter(customer__in=person.customers).update(
                    customer=None
                )
            )
        }

    def export(self, person: Person) -> Shown:
        found = Coupon.objects.filter(customer__in=person.customers).order_by("pk")
        names = (
            "code",
            "value",
            "pool__currency",
            "issued_at",
            "expires_at",
            "redeemed_at",
            "order_id",
            "order_value",
        )
        return list(found.values(*names))
