"""What we plan to say, to whom, and what was approved."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from retention_site.lib.states import Moving


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def ours(self) -> Self:
        """Campaigns that Rapport runs itself."""
        return self.filter(origin=Campaign.Origin.RAPPORT)

    def imported(self) -> Self:
        """Finished campaigns of another system, kept for analysis."""
        return self.filter(origin=Campaign.Origin.IMPORTED)

    def journeys(self) -> Self:
        """Campaigns of many steps; each message step is a campaign that is part of one."""
        return self.filter(origin=Campaign.Origin.JOURNEY)

    def started_by_name(self, name: str) -> "Campaign | None":
        """Return the campaign or journey that a caller means."""
        return (self.ours() | self.journeys()).filter(name=name).first()

    def waiting_for_approval(self) -> Self:
        """Campaigns of which a version is in review, whatever an earlier version of
        them does meanwhile.
        """
        in_review = CampaignVersion.objects.filter(
            state=CampaignVersion.State.IN_REVIEW
        )
        return self.filter(
            models.Exists(in_review.filter(campaign=models.OuterRef("pk")))
        )


class Campaign(models.Model):
    """One campaign: its name, whether it may send now, and which version is approved."""

    class Origin(models.TextChoices):
        RAPPORT = "rapport", _("Rapport")
        IMPORTED = "imported", _("imported, finished")
        JOURNEY = "journey", _("journey")
        JOURNEY_STEP = "journey_step", _("step of a journey")

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        STOPPED = "stopped", _("stopped")

    name = models.TextField(_("name"), unique=True)
    external_id = models.TextField(_("campaign id"), null=True, blank=True, unique=True)
    origin = models.TextField(_("from"), choices=Origin, default=Origin.RAPPORT)
    part_of = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="parts",
        verbose_name=_("part of"),
        help_text=_("The journey of which this is a step."),
    )
    state = models.TextField(_("state"), choices=State, default=State.ACTIVE)
    kind = models.TextField(_("kind"), blank=True)
    goal = models.TextField(_("goal"), blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    budget = models.DecimalField(
        _("budget"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), db_default=Now())
    archived_at = models.DateTimeField(
        _("archived"),
        null=True,
        blank=True,
        help_text=_("Put away: not in the lists any more, and never started."),
    )

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        permissions = [
            ("approve_campaign", _("Can approve what is sent and sent again"))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def approved_version(self) -> "CampaignVersion | None":
        return self.versions.filter(state=CampaignVersion.State.APPROVED).first()


class CampaignVersion(Moving):
    """A content snapshot: what is approved is what is sent."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        IN_REVIEW = "in_review", _("in review")
        APPROVED = "approved", _("approved")
        SUPERSEDED = "superseded", _("superseded")

    TRANSITIONS: ClassVar = {
        State.DRAFT: {State.IN_REVIEW, State.SUPERSEDED},
        State.IN_REVIEW: {State.APPROVED, State.DRAFT, State.SUPERSEDED},
        State.APPROVED: {State.SUPERSEDED},
    }

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(
        _("content"),
        help_text=_("Everything that is sent and decided by, templates included."),
    )
    hash = models.TextField(_("content hash"))
    salt = models.TextField(
        _("assignment salt"), help_text=_("Fixed before anyone looks at a result.")
    )
    state = models.TextField(_("state"), choices=State, default=State.DRAFT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), db_default=Now())
    approved_at = models.DateTimeField(_("approved"), null=True)

    class Meta:
        verbose_name = _("campaign version")
        verbose_name_plural = _("campaign versions")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "number"], name="campaign_version_once"
            ),
            models.UniqueConstraint(
                fields=["campaign"],
                condition=models.Q(state="approved"),
                name="campaign_one_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(approver=None)
                | ~models.Q(approver=models.F("author")),
                name="campaign_version_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="approved")
                | models.Q(approver__isnull=False),
                name="campaign_version_approver",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} v{self.number}"


class Recipient(models.Model):
    """One customer whom a finished, imported campaign reached."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="recipients")
    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="received_campaigns"
    )
    arm = models.TextField(_("arm"), blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True)
    coupon_code = models.TextField(_("coupon"), blank=True)

    class Meta:
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "customer"], name="recipient_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} of {self.campaign_id}"
