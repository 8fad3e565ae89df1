"""Which backups were made."""

from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Backup(models.Model):
    """One backup that was whole when it was made; the file may be anywhere by now."""

    made_at = models.DateTimeField(_("made"))
    path = models.TextField(_("file"))
    host = models.TextField(_("host"))
    size = models.BigIntegerField(_("size"), help_text=_("Bytes."))
    sha256 = models.TextField(_("checksum"))
    version = models.TextField(_("release"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("made by"),
        help_text=_("Nobody: from the command line."),
    )

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return PurePath(self.path).name
