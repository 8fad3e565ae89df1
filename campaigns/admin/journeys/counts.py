"""How many customers stand at each step of a journey, passed it, or left there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, Subquery

from campaigns.content.journey_graph import graph_of
from campaigns.content.mapping_reader import BadCampaign
from campaigns.content.model import CONTROL
from campaigns.models import (
    Campaign,
    CampaignVersion,
    JourneyEnrolment,
    JourneyStep,
    JourneyToken,
)


@dataclass
class StepCounts:
    """Of one step, over all versions that have a step of this name."""

    n_waiting: int = 0
    n_waiting_held: int = 0
    n_passed: int = 0
    n_left: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Counted:
    """The journey's numbers: they add up to those who entered."""

    steps: Mapping[str, StepCounts]
    n_entered: int
    n_held: int
    n_inside: int
    reasons: list[tuple[str, int, int]]  # why they left: treated, held out

    @property
    def n_treated(self) -> int:
        return self.n_entered - self.n_held


def of_steps(journey: Campaign, shown: CampaignVersion | None) -> Counted:
    """Count a journey by the names of its steps."""
    names = _names(journey, shown)
    steps: dict[str, StepCounts] = defaultdict(StepCounts)
    standing = (
        JourneyToken.objects.filter(journey=journey)
        .values("version", "place")
        .annotate(n=Count("pk"), n_held=Count("pk", filter=Q(is_held=True)))
    )
    for here in standing:
        if key := names.get((here["version"], here["place"])):
            steps[key].n_waiting += here["n"]
            steps[key].n_waiting_held += here["n_held"]
    passed = (
        JourneyStep.objects.filter(enrolment__journey=journey)
        .values("version_id", "place", "outcome")
        .annotate(n=Count("visit"))
    )
    for one in passed:
        if key := names.get((one["version_id"], one["place"])):
            steps[key].n_passed += one["n"]
            steps[key].outcomes[one["outcome"]] += one["n"]
    for (version, place), n in _left(journey).items():
        if key := names.get((version, place)):
            steps[key].n_left += n
    return _whole(journey, steps)


def _left(journey: Campaign) -> dict[tuple[int, int], int]:
    """Count by the last step that those who have left early have passed."""
    ended = JourneyEnrolment.objects.filter(journey=journey).exclude(
        Q(ended_at=None) | Q(reason__in=("end", ""))
    )
    last = JourneyStep.objects.filter(enrolment=OuterRef("pk")).order_by("-visit")
    found = ended.annotate(place=Subquery(last.values("place")[:1])).values(
        "version", "place"
    )
    counted = found.annotate(n=Count("pk"))
    return {(row["version"], row["place"]): row["n"] for row in counted}


def _whole(journey: Campaign, steps: Mapping[str, StepCounts]) -> Counted:
    held = Q(arm=CONTROL) | Q(is_held_out=True)
    enrolments = JourneyEnrolment.objects.filter(journey=journey)
    rows = list(
        enrolments.values("reason", is_over=Q(ended_at__isnull=False)).annotate(
            n=Count("pk"), n_held=Count("pk", filter=held)
        )
    )
    reasons = [
        (row["reason"] or "end", row["n"] - row["n_held"], row["n_held"])
        for row in rows
        if row["is_over"]
    ]
    return Counted(
        steps,
        n_entered=sum(row["n"] for row in rows),
        n_held=sum(row["n_held"] for row in rows),
        n_inside=sum(row["n"] for row in rows if not row["is_over"]),
        reasons=sorted(reasons, key=lambda one: -one[1] - one[2]),
    )


def _names(
    journey: Campaign, shown: CampaignVersion | None
) -> dict[tuple[int, int], str]:
    """Name every place of every version of a journey by its step."""
    names: dict[tuple[int, int], str] = {}
    for version in journey.versions.all():
        try:
            graph = graph_of(version.content.get("steps") or ())
        except (BadCampaign, KeyError, TypeError):
            continue  # of a time when steps were written otherwise
        names |= {(version.pk, one.number): one.key for one in graph.places}
    return names
