"""Where a campaign stands, from draft to result: one answer for lists, pages and the
first page.
"""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign, CampaignVersion
from .run import EffectReport, Run
from .trigger import Schedule


class Stage(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    APPROVED = "approved", _("approved, not started")
    SCHEDULED = "scheduled", _("scheduled")
    ARMED = "armed", _("armed")
    PLANNING = "planning", _("choosing the audience")
    RUNNING = "running", _("running")
    FAILED = "failed", _("failed")
    MEASURING = "measuring", _("measuring")
    RESULT = "result", _("result")
    PAUSED = "paused", _("paused")
    STOPPED = "stopped", _("stopped")
    IMPORTED = "imported", _("imported, finished")


def with_stage(campaigns: QuerySet[Any], at: datetime) -> Any:
    """Add ``stage``: what holds a campaign back comes first, then what it does, then
    what is left of it.
    """
    runs = Run.objects.filter(campaign=OuterRef("pk")).order_by("-id")
    reports = EffectReport.objects.filter(run=OuterRef("newest_run"))
    is_approved = Q(Exists(_versions(CampaignVersion.State.APPROVED)))
    return campaigns.alias(
        newest_run=Subquery(runs.values("id")[:1]),
        newest_state=Subquery(runs.values("state")[:1]),
        newest_n=Subquery(runs.values("n_audience")[:1]),
    ).annotate(
        stage=Case(
            When(origin=Campaign.Origin.IMPORTED, then=Value(Stage.IMPORTED)),
            When(state=Campaign.State.STOPPED, then=Value(Stage.STOPPED)),
            When(state=Campaign.State.PAUSED, then=Value(Stage.PAUSED)),
            When(
                ~is_approved & Exists(_versions(CampaignVersion.State.IN_REVIEW)),
                then=Value(Stage.IN_REVIEW),
            ),
            When(~is_approved, then=Value(Stage.DRAFT)),
            When(_has_trigger(), then=Value(Stage.ARMED)),
            When(newest_state=Run.State.PLANNING, then=Value(Stage.PLANNING)),
            When(
                newest_state=Run.State.SENDING,
                newest_n__isnull=False,
                then=Value(Stage.RUNNING),
            ),
            When(newest_state=Run.State.FAILED, then=Value(Stage.FAILED)),
            When(_is_scheduled(), then=Value(Stage.SCHEDULED)),
            When(newest_run=None, then=Value(Stage.APPROVED)),
            When(
                ~Exists(reports) | Exists(reports.filter(window_to__gt=at)),
                then=Value(Stage.MEASURING),
            ),
            default=Value(Stage.RESULT),
            output_field=models.TextField(),
        )
    )


def _versions(state: str) -> QuerySet[CampaignVersion]:
    return CampaignVersion.objects.filter(campaign=OuterRef("pk"), state=state)


def _has_trigger() -> Q:
    approved = _versions(CampaignVersion.State.APPROVED)
    return Q(
        Exists(
            approved.filter(content__has_key="trigger").exclude(content__trigger=None)
        )
    )


def _is_scheduled() -> Q:
    """A schedule that repeats, or whose only time has not been noted yet, still has
    something to come.
    """
    schedules = Schedule.objects.filter(campaign=OuterRef("pk"), is_active=True)
    return Q(Exists(schedules.exclude(repeat="", ticks__isnull=False)))
