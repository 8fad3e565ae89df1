"""Files that somebody uploaded to be imported, and mappings that are used again."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from ..job import Job

FOLDER = "uploads"


class ImportFile(models.Model):
    """One uploaded file, how it is to be read, and the jobs that looked at it and took it
    in. The file itself lies beside the shop's data for a few days.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.TextField(_("file"))
    n_bytes = models.BigIntegerField(_("size"))
    kind = models.TextField(_("kind"), blank=True, default="")
    mapping = models.JSONField(_("columns"), null=True)
    source = models.TextField(_("source"), blank=True, default="")
    time_zone = models.TextField(_("time zone"), blank=True, default="")
    preview_job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded"), db_default=Now())

    class Meta:
        verbose_name = _("uploaded file")
        verbose_name_plural = _("uploaded files")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Return where the file lies."""
        return Path(settings.DATA_DIR) / FOLDER / str(self.key) / self.name

    @property
    def is_there(self) -> bool:
        """Say whether the file still lies there; it goes after a few days."""
        return self.path.is_file()


class SavedMapping(models.Model):
    """A column mapping under a name."""

    name = models.TextField(_("name"), unique=True)
    mapping = models.JSONField(_("columns"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        return str(self.mapping.get("kind", ""))
