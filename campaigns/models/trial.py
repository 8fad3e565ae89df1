"""Test messages: who may get them besides staff, and every one that was sent."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SeedAddress(models.Model):
    """An address of the shop's own, or of a tool that looks at mail, for test messages."""

    channel = models.TextField(_("channel"), help_text=_("email, sms, push …"))
    address = models.TextField(_("address"))
    note = models.TextField(_("note"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("test recipient")
        verbose_name_plural = _("test recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "address"], name="seed_address_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.address}"


class TrialSend(models.Model):
    """One test message, written down before it leaves."""

    key = models.TextField(
        unique=True, help_text=_("The message's own name, as in the provider's log.")
    )
    channel = models.TextField(_("channel"))
    address_hash = models.TextField(_("address hash"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    about = models.ForeignKey(
        "profiles.Customer",
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("as"),
        help_text=_("Whose data was shown."),
    )
    provider = models.TextField(_("provider"), blank=True, default="", db_default="")
    answer = models.TextField(_("answer"), blank=True, default="", db_default="")
    at = models.DateTimeField(_("sent"), db_default=Now())

    class Meta:
        verbose_name = _("test message")
        verbose_name_plural = _("test messages")
        indexes = [models.Index(fields=["by", "at"], name="trial_send_by")]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"
