"""What customers agreed to: a ledger, never overwritten."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..people.customer import Customer


class Consent(models.Model):
    """One statement of a customer about one channel and topic; which of them holds says
    `profiles.consents.consent_state`.
    """

    class Status(models.TextChoices):
        GRANTED = "granted", _("granted")
        PENDING = "pending", _("waiting for confirmation")
        WITHDRAWN = "withdrawn", _("withdrawn")

    ALL_TOPICS = ""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    channel = models.TextField(_("channel"))
    topic = models.TextField(
        _("topic"),
        blank=True,
        default=ALL_TOPICS,
        db_default=ALL_TOPICS,
        help_text=_("Empty: every topic."),
    )
    status = models.TextField(_("status"), choices=Status)
    at = models.DateTimeField(_("stated"))
    received_at = models.DateTimeField(_("learned"), db_default=Now())
    source = models.TextField(_("source"), blank=True, default="", db_default="")
    wording = models.TextField(
        _("wording"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Version of the text that was agreed to."),
    )
    ip = models.TextField(
        _("network"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Truncated address."),
    )

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "channel", "topic", "at", "status"],
                name="consent_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["channel", "at"],
                name="consent_pending",
                condition=models.Q(status="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"
