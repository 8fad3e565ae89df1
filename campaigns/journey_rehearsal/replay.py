"""Walk a journey's steps through the history: everybody at a step together, steps in
their order.
"""

# ruff: noqa: S608 - names are ours

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from campaigns.content.journey_graph import Graph, Place
from campaigns.content.model import Content
from campaigns.content.triggers import CUSTOMER
from campaigns.journey_rehearsal import admission, entries
from campaigns.journey_rehearsal.past import Past, about, listen, names_of
from campaigns.journey_rehearsal.steps import Walk

DOOR = -1
GOALS = """
    SELECT runs.run, event.happened_at AS reached FROM runs ASOF JOIN (
        SELECT customer, happened_at, {value} AS value FROM heard WHERE kind IN ({names})
    ) AS event ON runs.customer = event.customer{same} AND runs.entered < event.happened_at
"""


@dataclass(frozen=True)
class Refused:
    """Who came to the door and was not let in."""

    unfit: int = 0
    again: int = 0
    one_at_a_time: int = 0


def replay(
    past: Past,
    content: Content,
    graph: Graph,
    salt: str,
    told: Callable[[float], None] = lambda _share: None,
) -> Refused:
    """Keep as `runs` who went through the journey, as `step0` … how each passed every
    step, as `door_step` who left at once, as `ends` when each run was over.
    """
    listen(past, content, graph)
    entries.find(past, content)
    rule = content.segment.rule if content.segment and content.trigger else None
    unfit = admission.keep_out(past, rule)
    again = admission.let_in_at_once(past, content.again)
    told(0.1)
    walk = Walk(past, content, salt)
    if content.leave and content.leave["goal"]:
        past.keep("goals", _goals(content.leave))
    past.keep(
        "door_step",
        "SELECT run, entered AS arrived, entered AS gone_at, CAST(0 AS TINYINT) AS outcome"
        " FROM runs",
    )
    walk.let_leave("door_step", is_door=True)
    for place in graph.places:
        past.keep("here", _arrivals(graph, place))
        walk.pass_by(place)
        told(0.1 + 0.8 * (place.number + 1) / len(graph.places))
    past.drop("here", "goals", "heard")
    past.keep("ends", _ends(graph))
    folded, one_at_a_time = admission.fold(past, content.again)
    return Refused(unfit, again + folded, one_at_a_time)


def _goals(leave: dict[str, Any]) -> str:
    """When each run's customer did what the journey is for, for the first time since."""
    is_same = leave["same"] not in ("", CUSTOMER)
    return GOALS.format(
        names=names_of(leave["goal"]),
        value=about(leave["same"]) if is_same else "''",
        same=" AND runs.value = event.value" if is_same else "",
    )


def table(number: int) -> str:
    return "door_step" if number == DOOR else f"step{number}"


def ways_to(graph: Graph, number: int | None) -> list[tuple[int, list[int]]]:
    """Return the steps that lead to a place (None: the journey's end), each with its
    outcomes that do.
    """
    found = [
        (
            place.number,
            [n for n, way in enumerate(place.ways.values()) if way == number],
        )
        for place in graph.places
    ]
    return [(DOOR, [0])] * (number == 0) + [one for one in found if one[1]]


def _arrivals(graph: Graph, place: Place) -> str:
    parts = [
        f"SELECT run, gone_at AS arrived FROM {table(number)} WHERE outcome IN"
        f" ({', '.join(map(str, outcomes))})"
        for number, outcomes in ways_to(graph, place.number)
    ]
    nobody = "SELECT NULL::UINTEGER AS run, {ends} AS arrived LIMIT 0"
    return " UNION ALL ".join(parts) or nobody


def _ends(graph: Graph) -> str:
    over = [
        f"SELECT run, gone_at AS ended FROM {table(number)} WHERE outcome IN"
        f" ({', '.join(map(str, outcomes))})"
        for number, outcomes in ways_to(graph, None)
    ]
    gone = [
        f"SELECT run, gone_at AS ended FROM {table(number)} WHERE outcome < 0"
        for number in (DOOR, *(place.number for place in graph.places))
    ]
    return " UNION ALL ".join([*over, *gone])
