"""How many stand at each step of a journey, passed it, or left there: counted from the
rows, over all versions, by the steps' names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from campaigns.content.journey_graph import GOES_ON, Graph, graph_of
from campaigns.content.journey_steps import Step
from campaigns.models import Campaign, CampaignVersion

IS_HELD = "(enrolment.arm = 'control' OR enrolment.is_held_out)"
PASSED = f"""
    SELECT step.version_id, step.place, step.outcome, count(*), count(*) FILTER (WHERE {IS_HELD})
    FROM campaigns_journeyenrolment enrolment JOIN campaigns_journeystep step ON step.enrolment_id = enrolment.id
    WHERE enrolment.journey_id = %s GROUP BY 1, 2, 3
"""  # noqa: S608  the part is a constant
WAITING = """
    SELECT version_id, place, count(*), count(*) FILTER (WHERE is_held) FROM campaigns_journeytoken
    WHERE journey_id = %s GROUP BY 1, 2
"""
# whoever is over stands no more anywhere: where she left is where her last step led
LEFT = f"""
    SELECT coalesce(last.version_id, enrolment.version_id), last.place, last.outcome, enrolment.reason,
        count(*), count(*) FILTER (WHERE {IS_HELD})
    FROM campaigns_journeyenrolment enrolment LEFT JOIN LATERAL (
        SELECT version_id, place, outcome FROM campaigns_journeystep
        WHERE enrolment_id = enrolment.id ORDER BY visit DESC LIMIT 1
    ) AS last ON true
    WHERE enrolment.journey_id = %s AND enrolment.ended_at IS NOT NULL GROUP BY 1, 2, 3, 4
"""  # noqa: S608  the part is a constant


@dataclass
class Counts:
    """What was counted at one step."""

    waiting: int = 0
    passed: int = 0
    held: int = 0  # of those who came to it
    outcomes: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


def graphs_of(journey: Campaign) -> dict[int, Graph]:
    """Return the steps of every version of a journey, the newest first."""
    versions = journey.versions.order_by("-number").values_list("pk", "content")
    return {
        pk: graph_of(steps_of(content))
        for pk, content in versions
        if content.get("steps")
    }


def steps_of(content: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(content["steps"])


def shown(journey: Campaign) -> CampaignVersion | None:
    """Return the version whose steps a journey's pages show: the published one, else
    the newest.
    """
    newest = journey.publications.order_by("-pk").select_related("version").first()
    return newest.version if newest else journey.versions.order_by("-number").first()


def step_counts(journey: Campaign) -> list[dict[str, Any]]:
    """Return a line a step: those of the shown version in their order, then steps that
    only other versions have and somebody came to.
    """
    graphs, version = graphs_of(journey), shown(journey)
    if version is None or version.pk not in graphs:
        return []
    found = _counted(journey, graphs)
    own = [(place.key, place.kind) for place in graphs[version.pk].places]
    kinds = {
        place.key: place.kind for graph in graphs.values() for place in graph.places
    }
    known = dict(own)
    others = [(key, kinds[key]) for key in found if key not in known]
    return [_line(key, kind, found[key]) for key, kind in [*own, *others]]


def _line(key: str, kind: str, counted: Counts) -> dict[str, Any]:
    return {
        "key": key,
        "kind": kind,
        "waiting": counted.waiting,
        "passed": counted.passed,
        "left": dict(counted.left),
        "held": counted.held,
        "outcomes": dict(counted.outcomes),
    }


def _counted(
    journey: Campaign, graphs: Mapping[int, Graph]
) -> defaultdict[str, Counts]:
    found: defaultdict[str, Counts] = defaultdict(Counts)
    for version, place, outcome, n, n_held in _rows(PASSED, journey):
        counted = found[graphs[version].places[place].key]
        counted.passed += n
        counted.held += n_held
        counted.outcomes[outcome] += n
    for version, place, n, n_held in _rows(WAITING, journey):
        counted = found[graphs[version].places[place].key]
        counted.waiting += n
        counted.held += n_held
    for version, place, outcome, reason, n, n_held in _rows(LEFT, journey):
        where = _led_to(graphs[version], place, outcome)
        if where is not None:
            counted = found[where]
            counted.left[reason] += n
            counted.held += n_held
    return found


def _led_to(graph: Graph, place: int | None, outcome: str | None) -> str | None:
    """Return the step at which somebody left; None for who came to the journey's end."""
    if place is None or outcome is None:
        return graph.places[0].key
    ways = graph.places[place].ways
    onward = ways[outcome if outcome in ways else GOES_ON]
    return None if onward is None else graph.places[onward].key


def _rows(sql: str, journey: Campaign) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [journey.pk])
        return cursor.fetchall()
