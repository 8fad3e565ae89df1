"""What operators must know: alarms, as long as they last, and signs of life of the
sweeps.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .campaign import Campaign


class Alert(models.Model):
    """Something is wrong: since when, until when, and whether anybody was told."""

    kind = models.TextField(_("what"))
    subject = models.TextField(_("where"), blank=True, default="", db_default="")
    words = models.TextField(_("in words"))
    value = models.FloatField(pgettext_lazy("measured", "value"), null=True)
    began_at = models.DateTimeField(_("began"), db_default=Now())
    seen_at = models.DateTimeField(_("last seen"), db_default=Now())
    ended_at = models.DateTimeField(_("ended"), null=True)
    told_at = models.DateTimeField(_("told"), null=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(ended_at=None),
                name="alert_once",
            )
        ]

    def __str__(self) -> str:
        return self.words


class SignOfLife(models.Model):
    """When a sweep last came to its end, by the database's clock."""

    name = models.TextField(_("sweep"), primary_key=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return self.name


class Resending(models.Model):
    """A person asks to send a campaign's unknown messages again; a second one says yes."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="resendings")
    n = models.PositiveIntegerField(_("messages"))
    message_ids = models.JSONField(
        _("asked about"),
        default=list,
        help_text=_("These messages and no others are sent again."),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True)

    class Meta:
        verbose_name = _("resending")
        verbose_name_plural = _("resendings")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(approved_at=None),
                name="resending_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | ~models.Q(approved_by=models.F("asked_by")),
                name="resending_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.n}"
