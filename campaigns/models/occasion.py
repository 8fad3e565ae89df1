"""What starts a campaign for one customer: the trigger as approved, and each occasion
that it found.
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from retention_site.lib.states import Moving

from .campaign import Campaign
from .message import Message


class Trigger(models.Model):
    """What an approved campaign watches for; one of its own for as long as the campaign
    lives.
    """

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="trigger")
    kind = models.TextField(_("kind"))
    plan = models.JSONField(_("plan"), help_text=_("As the approved version says it."))
    since = models.DateTimeField(
        _("since"), help_text=_("What happened earlier starts nothing.")
    )
    watermark = models.BigIntegerField(
        default=0,
        help_text=_(
            "Events of transactions before this one were looked at, whoever announced"
            " them."
        ),
    )
    looked_at = models.DateTimeField(_("looked"), null=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")
        indexes = [
            models.Index(
                fields=["kind"], name="trigger_kind", condition=models.Q(is_active=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.kind}"


class OccasionQuerySet(models.QuerySet["Occasion"]):
    def waiting(self) -> Self:
        return self.filter(state=Occasion.State.WAITING)


class Occasion(Moving):
    """Something happened that starts a campaign for a customer once its delay is over,
    if nothing speaks against it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        STARTED = "started", _("started")
        CANCELLED = "cancelled", _("cancelled")
        REFUSED = "refused", _("refused")
        EXPIRED = "expired", _("expired")

    TRANSITIONS: ClassVar = {
        State.WAITING: {State.STARTED, State.CANCELLED, State.REFUSED, State.EXPIRED},
        State.REFUSED: {State.WAITING},  # a person said: try it again
        State.EXPIRED: {State.WAITING},
    }

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="occasions")
    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="occasions"
    )
    key = models.TextField(
        _("object"),
        help_text=_("A cart, an order, a stay in a segment: one occasion for each."),
    )
    state = models.TextField(
        _("state"), choices=State, default=State.WAITING, db_default=State.WAITING
    )
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")
    happened_at = models.DateTimeField(_("happened"))
    due_at = models.DateTimeField(_("due"))
    data = models.JSONField(_("data"), default=dict, db_default={})
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="occasions"
    )
    noticed_at = models.DateTimeField(_("noticed"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = OccasionQuerySet.as_manager()

    class Meta:
        verbose_name = _("occasion")
        verbose_name_plural = _("occasions")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "key"], name="occasion_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="occasion_due",
                condition=models.Q(state="waiting"),
            ),
            models.Index(fields=["customer", "campaign"], name="occasion_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.key}"


class ItemSeen(models.Model):
    """An item as the triggers last saw it: what was sold out, what it cost."""

    item_id = models.TextField(_("item"), primary_key=True)
    available = models.BooleanField(_("available"))
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=4, null=True)

    class Meta:
        verbose_name = _("item as last seen")
        verbose_name_plural = _("items as last seen")

    def __str__(self) -> str:
        return self.item_id
