"""One row per run and customer, the held ones included, with its states."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from retention_site.lib.states import Moving

from .campaign import Campaign
from .run import Run


class MessageQuerySet(models.QuerySet["Message"]):
    def queued(self) -> Self:
        return self.filter(state=Message.State.QUEUED)

    def live(self) -> Self:
        """Rows that will still change by themselves."""
        return self.filter(state__in=Message.LIVE)


class Message(Moving):
    """What was decided for one customer of a run, and what became of it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        QUEUED = "queued", _("waiting")
        LEASED = "leased", _("being prepared")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("bounced")
        COMPLAINED = "complained", _("complained")
        UNCERTAIN = "uncertain", _("no answer yet")
        UNKNOWN = "unknown", _("unknown")
        FAILED = "failed", _("failed")
        SUPPRESSED = "suppressed", _("suppressed")
        CAPPED = "capped", _("limit reached")
        EXPIRED = "expired", _("expired")
        ERASED = "erased", _("erased")
        CANCELLED = "cancelled", _("cancelled")

    TRANSITIONS: ClassVar = {
        State.PLANNED: {State.HELD, State.QUEUED, State.CANCELLED, State.ERASED},
        State.QUEUED: {State.LEASED, State.CANCELLED, State.ERASED, State.EXPIRED},
        State.LEASED: {
            State.SENDING,
            State.QUEUED,
            State.SUPPRESSED,
            State.CAPPED,
            State.EXPIRED,
            State.ERASED,
            State.FAILED,
            State.CANCELLED,
        },
        State.SENDING: {State.SENT, State.QUEUED, State.FAILED, State.UNCERTAIN},
        State.UNCERTAIN: {State.SENT, State.QUEUED, State.UNKNOWN},
        State.UNKNOWN: {State.QUEUED},  # two people said: send it again
        State.SENT: {State.DELIVERED, State.BOUNCED, State.COMPLAINED},
        State.DELIVERED: {State.COMPLAINED},
    }
    LIVE: ClassVar = (
        State.PLANNED,
        State.QUEUED,
        State.LEASED,
        State.SENDING,
        State.UNCERTAIN,
    )
    REACHED: ClassVar = (State.SENT, State.DELIVERED, State.BOUNCED, State.COMPLAINED)

    run = models.ForeignKey(Run, models.CASCADE, related_name="messages", null=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="messages")
    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, related_name="messages"
    )
    dedupe_key = models.TextField(
        unique=True, help_text=_("One message per run and customer.")
    )
    state = models.TextField(_("state"), choices=State, default=State.PLANNED)
    reason = models.TextField(
        _("reason"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Why held, or why it ended as it did."),
    )
    why = models.TextField(
        _("why this"),
        blank=True,
        default="",
        db_default="",
        help_text=_("The decision in one sentence."),
    )
    arm = models.TextField(_("arm"), blank=True, default="", db_default="")
    propensity = models.FloatField(_("propensity"), null=True)
    is_held_out = models.BooleanField(
        _("global holdout"),
        default=False,
        db_default=False,
        help_text=_(
            "Reached by no marketing at all: left out of the campaign's own comparison."
        ),
    )
    channel = models.TextField(_("channel"), blank=True, default="", db_default="")
    lane = models.TextField(
        _("lane"),
        default="bulk",
        db_default="bulk",
        help_text=_("bulk, or triggered: has its own workers."),
    )
    priority = models.SmallIntegerField(default=100, db_default=100)
    offer = models.JSONField(_("offer"), null=True)
    context = models.JSONField(
        _("words"),
        default=dict,
        db_default={},
        help_text=_("What the template was given."),
    )
    subject = models.TextField(_("subject"), blank=True, default="", db_default="")
    body = models.TextField(
        _("text"),
        blank=True,
        default="",
        db_default="",
        help_text=_("The text part as it was sent."),
    )
    not_before = models.DateTimeField(_("not before"))
    expires_at = models.DateTimeField(_("expires"), null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    n_attempts = models.PositiveSmallIntegerField(
        _("attempts"), default=0, db_default=0
    )
    message_id = models.TextField(
        _("Message-ID"), blank=True, default="", db_default=""
    )
    planned_at = models.DateTimeField(_("planned"), db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)
    is_told = models.BooleanField(
        default=False,
        db_default=False,
        help_text=_("That it was sent stands among the customer's events."),
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["lane", "priority", "id"],
                name="message_claim",
                condition=models.Q(state="queued"),
            ),
            models.Index(
                fields=["lease_until"],
                name="message_lease",
                condition=models.Q(state__in=["leased", "sending", "uncertain"]),
            ),
            models.Index(
                fields=["id"],
                name="message_untold",
                condition=models.Q(is_told=False, sent_at__isnull=False),
            ),
            models.Index(
                fields=["campaign"],
                name="message_unknown",
                condition=models.Q(state="unknown"),
            ),
            models.Index(fields=["run", "state"], name="message_run_state"),
            models.Index(fields=["customer", "sent_at"], name="message_customer_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} → {self.customer_id}"


class Attempt(models.Model):
    """One try to hand a message to a provider, recorded before it can leave."""

    class State(models.TextChoices):
        INTENT = "intent", _("about to leave")
        ACCEPTED = "accepted", _("accepted")
        REFUSED = "refused", _("refused")
        DEFERRED = "deferred", _("deferred")
        UNCERTAIN = "uncertain", _("no answer")

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    n = models.PositiveSmallIntegerField(_("try"))
    channel = models.TextField(_("channel"))
    provider = models.TextField(_("provider"))
    provider_ref = models.TextField(_("provider's id"), null=True)
    state = models.TextField(_("state"), choices=State, default=State.INTENT)
    code = models.TextField(_("answer code"), blank=True, default="", db_default="")
    detail = models.TextField(_("answer"), blank=True, default="", db_default="")
    worker = models.TextField(_("worker"), blank=True, default="", db_default="")
    started_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("answered"), null=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(fields=["message", "n"], name="attempt_once"),
            models.UniqueConstraint(
                fields=["provider", "provider_ref"], name="attempt_provider_ref_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["started_at"],
                name="attempt_refused",
                condition=models.Q(state="refused"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} try {self.n}"


class TrackedLink(models.Model):
    """A link's target, stored before it is sent: a click leads here and nowhere else."""

    key = models.TextField(unique=True, help_text=_("Digest of the target."))
    url = models.TextField(_("target"))

    class Meta:
        verbose_name = _("tracked link")
        verbose_name_plural = _("tracked links")

    def __str__(self) -> str:
        return self.url


class Touchpoint(models.Model):
    """What came back for a message, human or machine, with the evidence for either."""

    class Kind(models.TextChoices):
        OPEN = "open", _("open")
        CLICK = "click", _("click")
        UNSUBSCRIBE = "unsubscribe", _("unsubscribe")
        BOUNCE = "bounce", _("bounce")
        COMPLAINT = "complaint", _("complaint")
        REPLY = "reply", _("reply")

    message = models.ForeignKey(Message, models.CASCADE, related_name="touchpoints")
    kind = models.TextField(_("kind"), choices=Kind)
    url = models.TextField(_("target"), blank=True, default="", db_default="")
    is_machine = models.BooleanField(_("machine"), default=False)
    evidence = models.JSONField(_("evidence"), default=dict)
    at = models.DateTimeField(_("at"))
    event_id = models.TextField(
        null=True,
        unique=True,
        help_text=_("The provider's own: told twice, it counts once."),
    )
    heard_at = models.DateTimeField(
        _("reached us"), db_default=Now(), help_text=_("By our own, real clock.")
    )

    class Meta:
        verbose_name = _("touchpoint")
        verbose_name_plural = _("touchpoints")
        indexes = [
            models.Index(
                fields=["id"], name="touchpoint_reply", condition=models.Q(kind="reply")
            ),
            models.Index(
                fields=["heard_at"],
                name="touchpoint_unwanted",
                condition=models.Q(kind__in=["bounce", "complaint", "unsubscribe"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message_id}"

    @property
    def n(self) -> int:
        """Return how many touches this row stands for."""
        return 1 + int(self.evidence.get("more") or 0)
