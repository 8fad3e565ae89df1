"""What starts a campaign: the clock, or a signed webhook."""

from datetime import UTC, datetime

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign
from .run import Run


def wall_time(stored: datetime) -> datetime:
    """Return a wall time as it was written, without a zone: pages that localise what
    they show can't shift it.
    """
    return stored.astimezone(UTC).replace(tzinfo=None)


class Schedule(models.Model):
    """When a campaign fires: at local wall times, once each, with any number of beats."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="schedule")
    starts_local = models.DateTimeField(
        _("first"), help_text=_("Local wall time, written as if it were UTC.")
    )
    time_zone = models.TextField(_("time zone"))
    repeat = models.TextField(
        _("repeats"),
        blank=True,
        help_text=_("RFC 5545 rule such as FREQ=WEEKLY;BYDAY=MO. Empty: once."),
    )
    grace_minutes = models.PositiveIntegerField(
        _("grace"), default=60, help_text=_("Minutes a firing may be late.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return f"{self.campaign} {self.starts_wall:%Y-%m-%d %H:%M} {self.time_zone}"

    @property
    def starts_wall(self) -> datetime:
        return wall_time(self.starts_local)


class ScheduleTick(models.Model):
    """One due moment of a schedule; its row is what makes it fire once."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        FIRED = "fired", _("fired")
        MISSED = "missed", _("missed")

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="ticks")
    due_local = models.DateTimeField(
        _("due"), help_text=_("Local wall time, written as if it were UTC.")
    )
    due_at = models.DateTimeField(_("due at"))
    state = models.TextField(_("state"), choices=State, default=State.DUE)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    fired_at = models.DateTimeField(_("fired"), null=True)

    class Meta:
        verbose_name = _("schedule firing")
        verbose_name_plural = _("schedule firings")
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_local"], name="schedule_tick_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_wall:%Y-%m-%d %H:%M}"

    @property
    def due_wall(self) -> datetime:
        return wall_time(self.due_local)


class Hook(models.Model):
    """A webhook address that starts a campaign for the customer it names."""

    slug = models.SlugField(_("address"), unique=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="hooks")
    signed_by = models.TextField(
        _("signed by"),
        default="standard",
        db_default="standard",
        help_text=_(
            "Standard Webhooks, or a plug-in of the group sources: shopify,"
            " woocommerce."
        ),
    )
    secrets = models.JSONField(
        _("secrets"), help_text=_("Valid signing secrets, newest first, encrypted.")
    )
    customer_field = models.TextField(
        _("customer field"),
        default="customer_id",
        help_text=_("Dotted path to the customer id in the payload."),
    )
    key_field = models.TextField(
        _("object field"),
        blank=True,
        default="",
        db_default="",
        help_text=_(
            "Dotted path to the id of a cart or order: one message for each. Empty: one"
            " for each call."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return f"/hooks/{self.slug}"


class InboundWebhook(models.Model):
    """One webhook as it came; stored before it is answered, processed once."""

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        PROCESSED = "processed", _("processed")
        REFUSED = "refused", _("refused")

    source = models.TextField(_("source"))
    event_id = models.TextField(_("event id"))
    hook = models.ForeignKey(Hook, models.CASCADE, related_name="inbound", null=True)
    payload = models.JSONField(_("payload"))
    state = models.TextField(_("state"), choices=State, default=State.RECEIVED)
    detail = models.TextField(_("detail"), blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    received_at = models.DateTimeField(_("received"), db_default=Now())
    processed_at = models.DateTimeField(_("processed"), null=True)

    class Meta:
        verbose_name = _("webhook call")
        verbose_name_plural = _("webhook calls")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "event_id"], name="inbound_webhook_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="inbound_waiting",
                condition=models.Q(state="received"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"
