"""The two tables that each kind of draft has: what it says now, and each saved state.

They are abstract, so that a draft points at what it is about by a real foreign key: it
goes when that goes.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class DraftBase(models.Model):
    """One document that is being written, complete or not."""

    content = models.JSONField(_("content"))
    number = models.PositiveIntegerField(
        _("number"), default=1, help_text=_("Of the newest saved state.")
    )
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved"), db_default=Now())

    saves: Any  # the manager of its saves
    # whether the save that returned this put another's changes beside what was sent
    is_merged = False

    class Meta:
        abstract = True

    def at(self, number: int) -> dict[str, Any] | None:
        """Return the document as it was saved under a number, while it is kept."""
        saved = self.saves.filter(number=number).first()
        return saved.content if saved else None


class SaveBase(models.Model):
    """The document as somebody saved it once; ``draft`` points at the draft."""

    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField(_("content"))
    # the number whose content an undo or a return brought back
    returns_to = models.PositiveIntegerField(null=True)
    # written at the same time as another change of the same place: kept beside the line
    is_aside = models.BooleanField(default=False, db_default=False)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved"), db_default=Now())

    draft: Any
    draft_id: int

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.draft_id} #{self.number}"
