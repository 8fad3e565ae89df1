"""What people did: never changed, never swept."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act: who, when, what, to what, and how it was before and after."""

    at = models.DateTimeField(_("when"), db_default=Now(), db_index=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    by = models.TextField(
        _("who"), help_text=_("The name then, which outlives the account.")
    )
    via = models.TextField(_("through"), default="admin")
    address = models.TextField(_("from"), blank=True)
    verb = models.TextField(_("did"), db_index=True)
    target_kind = models.TextField(_("kind"), blank=True)
    target_id = models.TextField(blank=True)
    target = models.TextField(_("what"), blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("audit")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.by} {self.verb} {self.target}".strip()

    def save(self, *args: Any, **options: Any) -> None:
        """Write it once."""
        if self.pk is not None:
            raise TypeError("What was done is not rewritten.")
        super().save(*args, **options)
