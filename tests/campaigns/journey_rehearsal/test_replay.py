"""The rehearsal's walk through the history equals a plain interpreter's, visit by visit."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.content.journey_graph import graph_of
from campaigns.content.parse import read
from campaigns.journey_rehearsal import counts
from campaigns.journey_rehearsal.past import Past
from campaigns.journey_rehearsal.replay import replay
from campaigns.stats.allocation.assignment import assign
from profiles import history
from profiles.models import Customer, Event
from tests.campaigns.journey_rehearsal.interpreter import Happened, Interpreter

STARTS, ENDS = datetime(2024, 2, 20, tzinfo=UTC), datetime(2024, 4, 10, 12, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai")
NAMES = ("view", "cart", "purchase")
SALT = "salt of the test"
WORDS = {"channels": ["sms"], "messages": {"sms": {"text": "Hello"}}}


@pytest.fixture
def shop(transactional_db, settings, tmp_path):
    """Forty customers in three zones who look, fill carts and buy for two months; some
    of it in the same second.
    """
    settings.HISTORY_DIR = tmp_path / "history"
    rng = random.Random(15)
    people = Customer.objects.bulk_create(
        Customer(external_id=f"j{n}", time_zone=ZONES[n % 3]) for n in range(40)
    )
    events = [
        Happened(
            rng.choice(people).pk,
            rng.choice(NAMES),
            STARTS
            + timedelta(hours=rng.randrange(24 * 50), minutes=30 * rng.randrange(2)),
            rng.choice(("", "a", "b")),
        )
        for _n in range(900)
    ]
    Event.objects.bulk_create(
        Event(
            key=uuid.uuid4(),
            customer_id=one.customer,
            type=one.kind,
            at=one.at,
            quantity=1,
            price=10,
            properties={"cart_id": f"{one.cart}{one.customer}"} if one.cart else {},
        )
        for one in events
    )
    history.refresh()
    return people, [
        one._replace(cart=f"{one.cart}{one.customer}" if one.cart else "")
        for one in events
    ]


def journey(rng: random.Random) -> dict[str, Any]:
    """Draw a journey of any shape."""
    trigger = {"kind": "event", "events": rng.choice([["cart"], ["view", "cart"]])}
    trigger["key"] = rng.choice(["", "customer", "cart_id"])
    same = rng.choice(["", "cart_id"]) if trigger["key"] == "cart_id" else ""
    return {
        "name": "Drawn",
        "trigger": trigger,
        "again": rng.choice(["never", "each", "4 days", "12 hours"]),
        "leave": rng.choice(
            [
                {"goal": ["purchase"], "same": same},
                {"if": bought(3, 10)},
                {"goal": ["purchase"], "if": bought(4, 20)},
            ]
        ),
        "steps": steps(rng, 3, same),
    }


def bought(n: int, days: int) -> dict[str, Any]:
    return {
        "all": [
            {
                "is": "event_count",
                "type": "purchase",
                "at_least": n,
                "within_days": days,
            }
        ]
    }


def steps(rng: random.Random, deep: int, same: str) -> list[dict[str, Any]]:
    return [step(rng, deep, same) for _n in range(rng.randint(1, 3))]


def step(rng: random.Random, deep: int, same: str) -> dict[str, Any]:
    kind = rng.choice(
        ["wait", "clock", "message"] + ["until", "split", "test"] * (deep > 0)
    )
    match kind:
        case "wait":
            return {"wait": rng.choice(["3 hours", "2 days"])}
        case "clock":
            return {
                "wait": {"at": "09:30", "weekday": rng.sample(["monday", "friday"], 1)}
            }
        case "message":
            return {"message": WORDS}
        case "until":
            return {
                "wait_until": {
                    "event": [rng.choice(NAMES)],
                    "same": same,
                    "at_most": rng.choice(["6 hours", "3 days"]),
                    "since": rng.choice(["step", "entry"]),
                    "then": steps(rng, deep - 1, same),
                    "else": steps(rng, deep - 1, same),
                }
            }
        case "split":
            return {
                "split": {
                    "if": bought(2, 7),
                    "then": steps(rng, deep - 1, same),
                    "else": [],
                }
            }
    arms = [
        {"name": name, "weight": weight, "steps": steps(rng, deep - 1, same)}
        for name, weight in (("a", 1), ("b", 2))
    ]
    return {"test": {"arms": arms}}


def test_drawn_journeys_are_walked_as_a_plain_interpreter_walks_them(shop):
    n_moves = 0
    for seed in range(12):
        n_moves += compared(*shop, seed)
    assert n_moves > 3_000  # they are not all empty


def compared(people: list[Customer], events: list[Happened], seed: int) -> int:
    """Hold one journey against the interpreter; return how many visits were compared."""
    names = {one.pk: one.external_id for one in people}
    zones = {one.pk: ZoneInfo(one.time_zone) for one in people}
    content = read(journey(random.Random(seed)))
    graph = graph_of(content.steps)

    def fits(rule: Any, customer: int, at: datetime) -> bool:
        (leaf,) = rule["all"]
        since = at - timedelta(days=leaf["within_days"])
        times = [
            one.at
            for one in events
            if one.customer == customer
            and one.kind == "purchase"
            and since <= one.at < at
        ]
        return len(times) >= leaf["at_least"]

    def arm(place: Any, customer: int) -> str:
        arms = place.says["arms"]
        drawn = assign(
            [names[customer]],
            salt=f"{SALT}:{place.key}",
            shares=[one["weight"] for one in arms],
        )
        return str(arms[drawn.arms[0]]["name"])

    plain = Interpreter(content, graph, events, zones, ENDS, fits, arm)
    ways = plain.run()
    past = Past(history.tables(as_of=ENDS), STARTS)
    refused = replay(past, content, graph, SALT)

    seen = {
        run: ((customer, at, value), [])
        for run, customer, at, value in past.run(
            "SELECT run, customer, entered, value FROM runs"
        )
    }
    for one in counts.visits_of(past, graph):
        seen[one.run][1].append((one.step, one.arrived, one.left, one.outcome))
    expected = sorted(
        ((one.customer, one.entered, one.value), one.visits) for one in ways
    )
    assert sorted(seen.values()) == expected, seed
    assert (refused.again, refused.one_at_a_time) == (
        plain.refused["again"],
        plain.refused["one"],
    )
    told = counts.endings(past, graph)
    for reason in {one.reason for one in ways if one.reason}:
        assert told[reason] == sum(one.reason == reason for one in ways)
    past.tables.connection.close()
    return sum(len(visits) for _key, visits in expected)
