"""A campaign that is being written: its document as it stands, and every state it was
saved in.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Draft(models.Model):
    """The document of a campaign, complete or not: what its file would say."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="draft")
    content = models.JSONField(_("content"))
    number = models.PositiveIntegerField(
        _("number"), default=1, help_text=_("Of the newest saved state.")
    )
    salt = models.TextField(
        _("assignment salt"),
        blank=True,
        help_text=_("Of the first version, so that who is held out is known before."),
    )
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    saved_at = models.DateTimeField(_("saved"), db_default=Now())

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return f"{self.campaign} #{self.number}"

    def at(self, number: int) -> dict[str, Any] | None:
        """Return the document as it was saved under a number, while it is kept."""
        saved = self.saves.filter(number=number).first()
        return saved.content if saved else None


class DraftSave(models.Model):
    """The document as somebody saved it once."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="saves")
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

    class Meta:
        verbose_name = _("saved draft")
        verbose_name_plural = _("saved drafts")
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="draft_save_once")
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} #{self.number}"
