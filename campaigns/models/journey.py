"""Who is inside a journey, where each stands, what each waits for and has passed.

A journey is a campaign (`Campaign.Origin.JOURNEY`) whose content has steps; each of its
message steps is a hidden campaign of its own (`JOURNEY_STEP`, `part_of` the journey).
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign, CampaignVersion


class JourneyPublication(models.Model):
    """A version let in for new entries; the newest of a journey holds."""

    journey = models.ForeignKey(Campaign, models.CASCADE, related_name="publications")
    version = models.ForeignKey(
        CampaignVersion, models.PROTECT, related_name="publications"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("published"), db_default=Now())
    moved = models.JSONField(
        _("moved"),
        null=True,
        help_text=_(
            "Old step to new step, or leave; empty: everybody finishes on the old"
            " version."
        ),
    )
    n_moved = models.PositiveIntegerField(_("customers moved"), default=0)
    watermark = models.BigIntegerField(
        default=0,
        help_text=_(
            "Events of transactions before this one were looked at, whoever announced"
            " them."
        ),
    )

    class Meta:
        verbose_name = _("publication")
        verbose_name_plural = _("publications")

    def __str__(self) -> str:
        return f"{self.version} {self.at:%Y-%m-%d %H:%M}"


class JourneyEnrolment(models.Model):
    """One customer's way through a journey; written at entry and at the end only."""

    journey = models.ForeignKey(Campaign, models.CASCADE, related_name="enrolments")
    version = models.ForeignKey(
        CampaignVersion, models.PROTECT, related_name="enrolments"
    )
    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="enrolments", db_index=False
    )
    key = models.TextField(
        _("object"),
        blank=True,
        default="",
        db_default="",
        help_text=_("A cart, an order; empty: the customer."),
    )
    occurrence = models.TextField(
        _("entry"), help_text=_("What let the customer in: lets in once.")
    )
    arm = models.TextField(_("arm"))
    propensity = models.FloatField(_("propensity"))
    is_held_out = models.BooleanField(
        _("global holdout"), default=False, db_default=False
    )
    data = models.JSONField(_("data"), default=dict, db_default={})
    entered_at = models.DateTimeField(_("entered"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    reason = models.TextField(
        _("reason"), blank=True, default="", db_default="", help_text=_("Why it ended.")
    )

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(
                fields=["journey", "occurrence"], name="journey_entry_once"
            ),
            models.UniqueConstraint(
                fields=["journey", "customer", "key"],
                condition=models.Q(ended_at=None),
                name="journey_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "journey"], name="journey_customer")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.journey_id}"


class JourneyToken(models.Model):
    """Where an enrolment stands: deleted and inserted at each move, so that the DELETE
    of a claim is the fence that a late worker can't pass.

    The enrolment's own foreign keys hold for its token, so that a move checks them no
    second time.
    """

    enrolment = models.OneToOneField(
        JourneyEnrolment, models.CASCADE, related_name="token"
    )
    journey = models.ForeignKey(
        Campaign,
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    version = models.ForeignKey(
        CampaignVersion,
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    customer = models.ForeignKey(
        "profiles.Customer",
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    place = models.SmallIntegerField(_("step"))
    visit = models.IntegerField(_("visit"))
    arrived_at = models.DateTimeField(_("reached"))
    wake_at = models.DateTimeField(_("due"))
    lane = models.SmallIntegerField(default=1, db_default=1)
    # it has been here before and waits; else it has just arrived
    is_parked = models.BooleanField(default=False, db_default=False)
    is_held = models.BooleanField(default=False, db_default=False)
    # of a wait by the customer's clock: in another zone it is due at another moment
    zone = models.TextField(blank=True, default="", db_default="")
    error = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text=_("Why it could not go on; it is tried again."),
    )

    class Meta:
        verbose_name = _("place in a journey")
        verbose_name_plural = _("places in journeys")
        indexes = [
            models.Index(fields=["journey", "lane", "wake_at"], name="journey_due"),
            models.Index(
                fields=["customer"],
                name="journey_local_wait",
                condition=~models.Q(zone=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} at {self.place}"


class JourneyWait(models.Model):
    """An event that an enrolment waits for; whoever deletes the row decides how the
    wait ended.
    """

    enrolment = models.ForeignKey(
        JourneyEnrolment, models.CASCADE, related_name="waits"
    )
    visit = models.IntegerField()
    customer = models.ForeignKey(
        "profiles.Customer",
        models.CASCADE,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    event = models.TextField(_("event"), help_text=_("Its kind, in small letters."))
    path = models.TextField(blank=True, default="", db_default="")
    value = models.TextField(blank=True, default="", db_default="")
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("awaited event")
        verbose_name_plural = _("awaited events")
        indexes = [
            models.Index(fields=["customer", "event"], name="journey_wait_heard")
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} waits for {self.event}"


class JourneyStep(models.Model):
    """A step that was passed, with what came of it; append-only."""

    pk = models.CompositePrimaryKey("enrolment_id", "visit")
    enrolment = models.ForeignKey(
        JourneyEnrolment,
        models.CASCADE,
        related_name="steps",
        db_index=False,
        db_constraint=False,
    )
    visit = models.IntegerField(_("visit"))
    version_id = models.BigIntegerField()
    place = models.SmallIntegerField(_("step"))
    outcome = models.TextField(_("outcome"))
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("step passed")
        verbose_name_plural = _("steps passed")

    def __str__(self) -> str:
        return f"{self.enrolment_id}.{self.visit} {self.outcome}"
