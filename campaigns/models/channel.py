"""How each channel reaches its provider, as a person set it; what no row says follows
from the environment.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ChannelSettings(models.Model):
    """One channel's provider and what it needs to be told."""

    channel = models.TextField(_("channel"), unique=True)
    provider = models.TextField(
        _("provider"), help_text=_("A plug-in of the group providers.")
    )
    values = models.JSONField(_("settings"), default=dict, db_default={})
    secrets = models.JSONField(
        _("secrets"), default=dict, db_default={}, help_text=_("Each one encrypted.")
    )
    signing = models.JSONField(
        _("signing secrets"),
        default=list,
        db_default=[],
        help_text=_("Of callbacks and webhooks, newest first."),
    )
    changed_at = models.DateTimeField(_("last change"), db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return f"{self.channel} {self.provider}"
