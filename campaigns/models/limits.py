"""What holds sending back: opt-outs, frequency caps, provider rates, the global pause."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .message import Message


class Suppression(models.Model):
    """An address that must not be written to; kept as a keyed hash, so it outlives erasure."""

    channel = models.TextField(_("channel"))
    address_hash = models.TextField(_("address hash"))
    reason = models.TextField(_("reason"))
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint(fields=["channel", "address_hash"], name="suppression_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.reason}"


class CapSlot(models.Model):
    """The n-th message that a frequency cap lets through to a customer in one window."""

    customer = models.ForeignKey("profiles.Customer", models.CASCADE, related_name="cap_slots")
    rule = models.TextField(_("limit"))
    window = models.TextField(_("window"), help_text=_("Such as 2024-W05, in the customer's calendar."))
    n = models.PositiveSmallIntegerField(_("place"))
    message = models.ForeignKey(Message, models.CASCADE, related_name="cap_slots")

    class Meta:
        verbose_name = _("limit slot")
        verbose_name_plural = _("limit slots")
        constraints = [
            models.UniqueConstraint(fields=["customer", "rule", "window", "n"], name="cap_slot_once"),
            models.UniqueConstraint(fields=["message", "rule"], name="cap_slot_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.window} {self.n}"


class ProviderRate(models.Model):
    """How fast a provider may be used: GCRA's theoretical arrival time on a plain column."""

    provider = models.TextField(_("provider"), unique=True)
    per_second = models.FloatField(_("messages a second"))
    burst = models.PositiveIntegerField(_("burst"), default=200)
    tat = models.DateTimeField(_("next free moment"), db_default=Now())
    n_granted = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("How many the last request was given: one UPDATE decides and tells.")
    )

    class Meta:
        verbose_name = _("provider rate")
        verbose_name_plural = _("provider rates")
        constraints = [
            models.CheckConstraint(condition=models.Q(per_second__gt=0), name="provider_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.per_second}/s"
