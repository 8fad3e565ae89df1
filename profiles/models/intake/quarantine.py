"""Rows that could not be taken in, kept with their reason."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class QuarantinedRowQuerySet(models.QuerySet["QuarantinedRow"]):
    def waiting(self) -> Self:
        """Rows that nobody put right or left out yet."""
        return self.filter(resolved_at=None)


class QuarantinedRow(models.Model):
    """One bad row of a file, call or webhook. Nothing is dropped."""

    class Outcome(models.TextChoices):
        TAKEN_IN = "taken_in", _("taken in")
        LEFT_OUT = "left_out", _("left out")
        WITHOUT_FIELD = "without_field", _("taken in without the field")

    key = models.UUIDField(
        unique=True,
        help_text=_("Digest of source and place: the same bad row is listed once."),
    )
    source = models.TextField(_("source"))
    kind = models.TextField(_("kind"))
    line = models.PositiveBigIntegerField(_("line"), null=True)
    column = models.TextField(_("column"), blank=True)
    reason = models.TextField(_("reason"))
    row = models.JSONField(_("row"), help_text=_("As it came."))
    fixed = models.JSONField(
        _("put right"), null=True, blank=True, help_text=_("As a person changed it.")
    )
    created_at = models.DateTimeField(_("arrived"), db_default=Now())
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    outcome = models.TextField(
        _("outcome"), choices=Outcome, blank=True, default="", db_default=""
    )

    objects = QuarantinedRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("quarantined row")
        verbose_name_plural = _("quarantined rows")
        indexes = [
            models.Index(
                fields=["source", "kind", "column", "reason"],
                name="quarantined_waiting",
                condition=models.Q(resolved_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.line} {self.reason}"

    @property
    def latest(self) -> Any:
        """The row as it stands now: put right, or as it came."""
        return self.row if self.fixed is None else self.fixed
