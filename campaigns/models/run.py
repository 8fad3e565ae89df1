"""One firing of a campaign."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from retention_site.lib.states import Moving

from .campaign import Campaign, CampaignVersion


class Run(Moving):
    """One firing: a frozen audience, one message row per customer in it."""

    class State(models.TextChoices):
        PLANNING = "planning", _("choosing the audience")
        SENDING = "sending", _("sending")
        FINISHED = "finished", _("finished")
        STOPPED = "stopped", _("stopped")
        FAILED = "failed", _("failed")

    TRANSITIONS: ClassVar = {
        State.PLANNING: {State.SENDING, State.STOPPED, State.FAILED},
        State.SENDING: {State.FINISHED, State.STOPPED},
        State.FAILED: {State.PLANNING},
        State.FINISHED: {State.SENDING},  # unknown messages are sent again
    }

    # begins the key of the one run that holds a version's triggered messages
    STANDING: ClassVar = "triggers:"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="runs")
    version = models.ForeignKey(CampaignVersion, models.PROTECT, related_name="runs")
    key = models.TextField(unique=True, help_text=_("The same firing starts once."))
    started_by = models.TextField(
        _("started by"), help_text=_("A person, a schedule, a webhook.")
    )
    state = models.TextField(_("state"), choices=State, default=State.PLANNING)
    label = models.TextField(
        _("label"), blank=True, help_text=_("Such as “A/A check” or “simulated lift”.")
    )
    as_of = models.DateTimeField(_("as of"))
    known_at = models.DateTimeField(_("known at"))
    shares = models.JSONField(
        _("shares"),
        null=True,
        help_text=_(
            "Each arm's chance where they were learned; empty: as the version says."
        ),
    )
    due_local = models.DateTimeField(
        _("local time"),
        null=True,
        help_text=_(
            "Wall time of each customer's own zone, written as if it were UTC."
        ),
    )
    n_audience = models.PositiveIntegerField(_("audience"), null=True)
    audience_hash = models.TextField(_("audience hash"), blank=True)
    created_at = models.DateTimeField(_("started"), db_default=Now())
    finished_at = models.DateTimeField(_("finished"), null=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")

    def __str__(self) -> str:
        return f"{self.campaign} {timezone.localtime(self.as_of):%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        """Whether the run stands open for a trigger: it has no audience of its own and
        does not end by itself.
        """
        return self.state == self.State.SENDING and self.n_audience is None

    @property
    def state_words(self) -> str:
        return str(
            _("open for its trigger") if self.is_open else self.get_state_display()
        )


class EffectReport(models.Model):
    """What a run changed, or why that can't be said. ``result`` is the report of
    docs/contract/commands.md.
    """

    run = models.ForeignKey(Run, models.CASCADE, related_name="effects", null=True)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="effects")
    label = models.TextField(_("label"), blank=True)
    window_from = models.DateTimeField(_("from"), null=True)
    window_to = models.DateTimeField(_("to"), null=True)
    result = models.JSONField(_("result"))
    computed_at = models.DateTimeField(_("computed"), db_default=Now())

    class Meta:
        verbose_name = _("effect report")
        verbose_name_plural = _("effect reports")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "run", "label"],
                name="effect_report_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.label}".strip()
