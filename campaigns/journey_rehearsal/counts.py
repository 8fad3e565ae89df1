"""What a replay shows in numbers: how many at each step, by outcome, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from campaigns.content.journey_graph import Graph, Place
from campaigns.journey_rehearsal.past import Past
from campaigns.journey_rehearsal.replay import DOOR, table, ways_to
from campaigns.journey_rehearsal.steps import LEFT

COUNTED = """
    SELECT step.outcome, count(*) FROM {step} AS step SEMI JOIN runs USING (run) GROUP BY 1
"""
VISITS = """
    SELECT step.run, runs.customer, {number}, step.arrived, step.gone_at, step.outcome
    FROM {step} AS step JOIN runs USING (run) {whose}
"""
HELD = """
    SELECT count(*) FROM {step} AS step JOIN runs USING (run) JOIN drawn USING (customer) WHERE arm <> 0
"""
END = "end"


class Visit(NamedTuple):
    """One run at one step; `outcome` is empty for who still waits."""

    run: int
    customer: int
    step: str
    arrived: datetime
    left: datetime | None
    outcome: str


def steps_of(past: Past, graph: Graph) -> list[dict[str, Any]]:
    """Return every step's counts in the words of a journey's report."""
    return [_step(past, place) for place in graph.places]


def held_at(past: Past, graph: Graph) -> dict[str, int]:
    """Return how many of those who came to each step are held, by step."""
    return {
        place.key: past.run(HELD.format(step=table(place.number)))[0][0]
        for place in graph.places
    }


def endings(past: Past, graph: Graph) -> dict[str, int]:
    """Return how many runs ended, by reason; who is still inside is not among them."""
    found: dict[str, int] = {}
    for number in (DOOR, *(place.number for place in graph.places)):
        by_outcome = dict(past.run(COUNTED.format(step=table(number))))
        for outcome, reason in LEFT.items():
            _add(found, reason, by_outcome.get(outcome, 0))
        last = dict(ways_to(graph, None)).get(number, [])
        ends = number >= 0 and graph.places[number].kind == "end"
        reason = graph.places[number].says if ends else END
        _add(found, reason, sum(by_outcome.get(one, 0) for one in last))
    return found


def visits_of(past: Past, graph: Graph, customer: int | None = None) -> list[Visit]:
    """Return the visits of a customer, or of everybody, in their order."""
    whose = "" if customer is None else f"WHERE runs.customer = {customer:d}"
    parts = [
        VISITS.format(number=place.number, step=table(place.number), whose=whose)
        for place in graph.places
    ]
    rows = past.run(" UNION ALL ".join(parts) + " ORDER BY 1, 4, 3")
    return [
        Visit(
            run,
            who,
            graph.places[number].key,
            arrived,
            left,
            outcome_of(graph.places[number], outcome),
        )
        for run, who, number, arrived, left, outcome in rows
    ]


def outcome_of(place: Place, outcome: int | None) -> str:
    """Name an outcome: the step's own, or why the journey ended there."""
    if outcome is None:
        return ""
    return LEFT[outcome] if outcome in LEFT else list(place.ways)[outcome]


def _step(past: Past, place: Place) -> dict[str, Any]:
    counts = dict(past.run(COUNTED.format(step=table(place.number))))
    outcomes = {name: counts.get(n, 0) for n, name in enumerate(place.ways)}
    return {
        "key": place.key,
        "kind": place.kind,
        "arrived": sum(counts.values()),
        "passed": sum(outcomes.values()),
        "waiting": counts.get(None, 0),
        "left": {reason: counts[n] for n, reason in LEFT.items() if counts.get(n)},
        "outcomes": outcomes,
    }


def _add(found: dict[str, int], reason: str, n: int) -> None:
    if n:
        found[reason] = found.get(reason, 0) + n
