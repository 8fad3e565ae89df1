"""Rows that could not be taken in, kept with their reason."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class QuarantinedRow(models.Model):
    """One bad row of a file, call or webhook. Nothing is dropped."""

    key = models.UUIDField(unique=True, help_text=_("Digest of source and place: the same bad row is listed once."))
    source = models.TextField(_("source"))
    kind = models.TextField(_("kind"))
    line = models.PositiveBigIntegerField(_("line"), null=True)
    column = models.TextField(_("column"), blank=True)
    reason = models.TextField(_("reason"))
    row = models.JSONField(_("row"))
    created_at = models.DateTimeField(_("arrived"), db_default=Now())
    resolved_at = models.DateTimeField(_("resolved"), null=True)

    class Meta:
        verbose_name = _("quarantined row")
        verbose_name_plural = _("quarantined rows")

    def __str__(self) -> str:
        return f"{self.source}:{self.line} {self.reason}"
