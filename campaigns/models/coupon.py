"""Coupons: pools with a cap and a budget, codes that go to one customer once."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign

# of codes from a file that nobody has yet
STOCK = "stock:"


class CouponPool(models.Model):
    """Where coupons of one offer come from; the counters can't pass their limits."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("amount off")
        PERCENT = "percent", _("per cent off")
        FREE_DELIVERY = "free_delivery", _("free delivery")
        GIFT = "gift", _("gift")
        POINTS = "points", _("points")

    class Codes(models.TextChoices):
        GENERATED = "generated", _("one for each customer, made here")
        IMPORTED = "imported", _("one for each customer, from a file")
        SHARED = "shared", _("one for all")

    name = models.TextField(_("name"), unique=True)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="coupon_pools", null=True, blank=True
    )
    currency = models.TextField(_("currency"))
    cap = models.PositiveIntegerField(_("at most"), help_text=_("Coupons."))
    n_issued = models.PositiveIntegerField(_("issued"), default=0)
    budget = models.DecimalField(_("budget"), max_digits=14, decimal_places=2)
    committed = models.DecimalField(
        _("committed"),
        max_digits=14,
        decimal_places=2,
        default=0,
        help_text=_("Face value of all issued coupons."),
    )
    spent = models.DecimalField(_("spent"), max_digits=14, decimal_places=2, default=0)
    valid_days = models.PositiveIntegerField(
        _("valid"), default=28, help_text=_("Days.")
    )
    is_stackable = models.BooleanField(
        _("with others"),
        default=False,
        db_default=False,
        help_text=_("An order may take a coupon of it beside others that allow it."),
    )
    kind = models.TextField(
        _("kind"), choices=Kind, default=Kind.AMOUNT, db_default=Kind.AMOUNT
    )
    codes = models.TextField(
        _("codes"), choices=Codes, default=Codes.GENERATED, db_default=Codes.GENERATED
    )
    shared_code = models.TextField(_("code"), default="", db_default="", blank=True)
    # the shared code as it is looked for, however it is typed
    code_key = models.TextField(unique=True, null=True, blank=True)
    value = models.DecimalField(
        _("value"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("What one costs at most; empty: a campaign's policy decides."),
    )
    percent = models.DecimalField(
        _("per cent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    points = models.PositiveIntegerField(_("points"), null=True, blank=True)
    gift_item = models.TextField(_("gift"), default="", db_default="", blank=True)
    minimum_spend = models.DecimalField(
        _("minimum spend"), max_digits=14, decimal_places=2, default=0, db_default=0
    )
    categories = models.JSONField(_("categories"), default=list, db_default=[])
    items = models.JSONField(_("items"), default=list, db_default=[])
    is_first_order = models.BooleanField(
        _("first order only"), default=False, db_default=False
    )
    per_customer = models.PositiveIntegerField(
        _("for each customer, at most"), null=True, blank=True
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("coupon pool")
        verbose_name_plural = _("coupon pools")
        constraints = [
            models.CheckConstraint(
                condition=Q(n_issued__lte=F("cap")), name="coupon_pool_cap"
            ),
            models.CheckConstraint(
                condition=Q(committed__lte=F("budget")), name="coupon_pool_budget"
            ),
            models.CheckConstraint(
                condition=Q(spent__lte=F("budget")), name="coupon_pool_spent"
            ),
            models.CheckConstraint(
                condition=Q(committed__gte=0), name="coupon_pool_committed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.codes == self.Codes.SHARED

    @property
    def is_limited_to_items(self) -> bool:
        return bool(self.categories or self.items)


class Coupon(models.Model):
    """One code: issued to one customer by one grant, redeemed by one order."""

    pool = models.ForeignKey(CouponPool, models.PROTECT, related_name="coupons")
    code = models.TextField(_("code"), unique=True)
    # the code as its file wrote it, where that is another spelling
    shown = models.TextField(default="", db_default="", blank=True)
    value = models.DecimalField(
        _("value"),
        max_digits=14,
        decimal_places=2,
        help_text=_("In the pool's currency."),
    )
    minimum_spend = models.DecimalField(
        _("minimum spend"), max_digits=14, decimal_places=2, default=0
    )
    customer = models.ForeignKey(
        "profiles.Customer", models.SET_NULL, null=True, related_name="coupons"
    )
    grant_key = models.TextField(
        unique=True, help_text=_("A message tried again gets its own code again.")
    )
    issued_at = models.DateTimeField(_("issued"))
    expires_at = models.DateTimeField(_("expires"))
    redeemed_at = models.DateTimeField(_("redeemed"), null=True)
    order_id = models.TextField(_("order"), null=True)
    order_value = models.DecimalField(
        _("order value"), max_digits=14, decimal_places=2, null=True
    )
    returned = models.DecimalField(
        _("given back"),
        max_digits=14,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("What refunds of its order took back of what it took off."),
    )
    discount = models.DecimalField(
        _("cost"),
        max_digits=14,
        decimal_places=2,
        null=True,
        help_text=_("What its use cost, where that is not the value."),
    )
    # its money is the pool's again: it expired, or a shared code was let go
    closed_at = models.DateTimeField(_("closed"), null=True)
    n_uses = models.PositiveIntegerField(default=0, db_default=0)
    # an order at the till that has yet to be paid
    held_order_id = models.TextField(null=True)
    held_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        indexes = [
            models.Index(
                fields=["order_id"],
                name="coupon_order",
                condition=Q(order_id__isnull=False),
            ),
            models.Index(
                fields=["held_order_id"],
                name="coupon_held",
                condition=Q(held_order_id__isnull=False),
            ),
            models.Index(
                fields=["redeemed_at"],
                name="coupon_redeemed_at",
                condition=Q(redeemed_at__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="coupon_open",
                condition=Q(redeemed_at__isnull=True, closed_at__isnull=True),
            ),
            models.Index(
                fields=["pool", "id"],
                name="coupon_in_stock",
                condition=Q(grant_key__startswith=STOCK, customer__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.said_code

    @property
    def said_code(self) -> str:
        """The code as customers know it."""
        return self.shown or self.code

    @property
    def taken_off(self) -> Decimal:
        """What its use cost: at most what the order was worth."""
        if self.discount is not None:
            return self.discount
        if self.order_value is None:
            return self.value
        return min(self.value, self.order_value)


class CouponEntry(models.Model):
    """What happened to a code at the till; never changed."""

    class Kind(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        RELEASED = "released", _("released")
        REDEEMED = "redeemed", _("redeemed")
        RETURNED = "returned", _("given back")
        EXPIRED = "expired", _("expired")

    coupon = models.ForeignKey(Coupon, models.PROTECT, related_name="entries")
    kind = models.TextField(_("what"), choices=Kind)
    order_id = models.TextField(_("order"))
    amount = models.DecimalField(
        _("amount"), max_digits=14, decimal_places=2, default=0
    )
    at = models.DateTimeField(_("when"))
    key = models.TextField(
        unique=True, null=True, help_text=_("A refund told again is the same refund.")
    )

    class Meta:
        verbose_name = _("coupon entry")
        verbose_name_plural = _("coupon entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
