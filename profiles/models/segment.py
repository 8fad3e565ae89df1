"""Named rules that select customers."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from retention_site.lib.drafts.models import DraftBase, SaveBase

from .people.customer import Customer


class Segment(models.Model):
    """A named rule; who fits it is kept as memberships with joins and leaves."""

    name = models.SlugField(_("name"), unique=True, max_length=100)
    title = models.TextField(_("title"), blank=True)
    rule = models.JSONField(_("rule"))
    version = models.PositiveIntegerField(_("version"), default=1)
    n_members = models.PositiveIntegerField(_("members"), null=True)
    refreshed_at = models.DateTimeField(_("refreshed"), null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")

    def __str__(self) -> str:
        return self.title or self.name


class SegmentVersion(models.Model):
    """One wording of a segment's rule, kept for ever."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    rule = models.JSONField(_("rule"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("segment version")
        verbose_name_plural = _("segment versions")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "number"], name="segment_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment} v{self.number}"


class SegmentDraft(DraftBase):
    """What somebody is writing: kept as it is typed, finished or not, until it is saved
    as a version. A draft without a segment is a new one. The document holds ``title``
    and ``rule``; its first state is what was saved when it began.
    """

    segment = models.ForeignKey(
        Segment, models.CASCADE, null=True, related_name="drafts"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="segment_drafts"
    )
    version = models.PositiveIntegerField(
        _("version"), default=0, help_text=_("Of the segment when the draft began.")
    )

    class Meta:
        verbose_name = _("segment draft")
        verbose_name_plural = _("segment drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "by"],
                name="segment_draft_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.segment or "")

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def rule(self) -> Any:
        return self.content["rule"]


class SegmentDraftSave(SaveBase):
    """A draft's title and rule as they were kept once."""

    draft = models.ForeignKey(SegmentDraft, models.CASCADE, related_name="saves")

    class Meta:
        verbose_name = _("saved segment draft")
        verbose_name_plural = _("saved segment drafts")
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "number"], name="segment_draft_save_once"
            )
        ]


class SegmentDay(models.Model):
    """How many entered and left a segment on one day of the shop, and how many it had at
    the day's last refresh. Counted when it is refreshed, so that no page counts stays.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="days")
    day = models.DateField(_("day"))
    n_members = models.PositiveIntegerField(_("members"))
    n_joined = models.PositiveIntegerField(_("joined"))
    n_left = models.PositiveIntegerField(_("left"))

    class Meta:
        verbose_name = _("day of a segment")
        verbose_name_plural = _("days of segments")
        constraints = [
            models.UniqueConstraint(fields=["segment", "day"], name="segment_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.segment} {self.day}"


class SegmentMembership(models.Model):
    """One stay of a customer in a segment."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="memberships")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="memberships")
    joined_at = models.DateTimeField(_("joined"))
    left_at = models.DateTimeField(_("left"), null=True)

    class Meta:
        verbose_name = _("segment membership")
        verbose_name_plural = _("segment memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "customer"],
                condition=models.Q(left_at=None),
                name="segment_member_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"
