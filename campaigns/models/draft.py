"""Drafts of campaigns and templates: the documents as they stand, and every state they
were saved in.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from retention_site.lib.drafts.models import DraftBase, SaveBase

from .campaign import Campaign
from .template import Template


class Draft(DraftBase):
    """The document of a campaign, complete or not: what its file would say."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="draft")
    salt = models.TextField(
        _("assignment salt"),
        blank=True,
        help_text=_("Of the first version, so that who is held out is known before."),
    )

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return f"{self.campaign} #{self.number}"


class DraftSave(SaveBase):
    """A campaign's document as somebody saved it once."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="saves")

    class Meta:
        verbose_name = _("saved draft")
        verbose_name_plural = _("saved drafts")
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="draft_save_once")
        ]


class TemplateDraft(DraftBase):
    """What the message editor shows of a template: its newest version, or what is being
    written over it.
    """

    template = models.OneToOneField(Template, models.CASCADE, related_name="draft")

    class Meta:
        verbose_name = _("template draft")
        verbose_name_plural = _("template drafts")

    def __str__(self) -> str:
        return f"{self.template} #{self.number}"


class TemplateDraftSave(SaveBase):
    """A template's document as somebody saved it once."""

    draft = models.ForeignKey(TemplateDraft, models.CASCADE, related_name="saves")

    class Meta:
        verbose_name = _("saved template draft")
        verbose_name_plural = _("saved template drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "number"], name="template_draft_save_once"
            )
        ]
