"""Orders: what was ordered, what came back, and how far each has come."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..people.customer import Customer


class Order(models.Model):
    """One order of one source, as it was told last, beside the facts that were written
    of it.

    The facts themselves are events: purchases, and returns with a quantity below zero.
    ``ledger`` lists them in the order in which they were written, so that only a
    difference is written next.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("not paid yet")
        PLACED = "placed", _("placed")
        PAID = "paid", _("paid")
        PART_REFUNDED = "part_refunded", _("partly refunded")
        REFUNDED = "refunded", _("refunded")
        CANCELLED = "cancelled", _("cancelled")
        VOIDED = "voided", _("voided")

    source = models.TextField(_("source"))
    order_id = models.TextField(_("order"))
    # None while only a refund or a cancellation was heard: they name nobody.
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="orders"
    )
    status = models.TextField(_("state"), choices=Status, db_default=Status.PENDING)
    is_paid = models.BooleanField(db_default=False)
    told_state = models.TextField(db_default=Status.PENDING)
    currency = models.TextField(_("currency"), db_default="")
    cart_id = models.TextField(db_default="")  # the cart that it came from
    placed_at = models.DateTimeField(null=True)
    # The newest statement, by the sender's clock. A thank-you page ranks below an
    # update: it may be loaded again.
    told_at = models.DateTimeField(null=True)
    told_rank = models.SmallIntegerField(db_default=0)
    ended_at = models.DateTimeField(null=True)
    lines = models.JSONField(db_default={})  # line → item, quantity, price
    refunds = models.JSONField(db_default={})  # refund → what it gives back
    edits = models.JSONField(
        db_default={}
    )  # edit → what it adds to lines, or takes off
    ledger = models.JSONField(db_default=[])  # line, why, item, quantity, price
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "order_id"], name="order_of_source_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["cart_id"], name="order_cart", condition=~models.Q(cart_id="")
            ),
        ]

    def __str__(self) -> str:
        return self.order_id


class OrderFile(models.Model):
    """A file that brought orders: another one of its source is compared with what is
    there.
    """

    source = models.TextField(_("source"))
    # Files without a name of their source are the shop's own, whatever each of them is
    # called.
    is_named = models.BooleanField()
    file_key = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "file_key"], name="order_file_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.file_key}"
