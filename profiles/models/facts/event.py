"""What happened."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Func
from django.db.models.functions import Cast, Now
from django.utils.translation import gettext_lazy as _

from ..people.customer import Customer


class Event(models.Model):
    """One fact about one customer at one moment. Append-only; millions of rows, so few
    indexes.
    """

    key = models.UUIDField(
        unique=True,
        help_text=_("Digest of the event id: the same event is stored once, for ever."),
    )
    # No constraint: checking it for every row costs a third of an import, and customers
    # are never deleted, only erased.
    customer = models.ForeignKey(
        Customer,
        models.CASCADE,
        related_name="events",
        db_index=False,
        db_constraint=False,
    )
    type = models.TextField(_("what"))
    at = models.DateTimeField(_("when"), db_column="happened_at")
    received_at = models.DateTimeField(_("learned"), db_default=Now())
    item_id = models.TextField(_("item"), null=True)
    order_id = models.TextField(_("order"), null=True)
    quantity = models.DecimalField(
        _("quantity"), max_digits=14, decimal_places=3, null=True
    )
    price = models.DecimalField(
        _("price per unit"), max_digits=20, decimal_places=8, null=True
    )
    discount = models.DecimalField(
        _("discount on the line"), max_digits=14, decimal_places=4, null=True
    )
    currency = models.TextField(_("currency"), null=True)
    campaign_id = models.TextField(_("campaign"), null=True)
    coupon_code = models.TextField(_("coupon"), null=True)
    session_id = models.TextField(_("session"), null=True)
    text = models.TextField(_("text"), null=True)
    properties = models.JSONField(_("other properties"), null=True)
    source = models.TextField(_("source"), blank=True, db_default="")
    transaction = models.BigIntegerField(
        db_default=Cast(
            Cast(Func(function="pg_current_xact_id"), models.TextField()),
            models.BigIntegerField(),
        ),
        help_text=_(
            "Which database transaction wrote it: lets the history read past no late"
            " commit."
        ),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["customer", "at"], name="event_customer_at"),
            BrinIndex(
                fields=["transaction"], name="event_transaction", autosummarize=True
            ),
            BrinIndex(
                fields=["received_at"], name="event_received", autosummarize=True
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.at:%Y-%m-%d}"
