"""Journeys: a whole segment enters, then everybody's timer is due at once; two movers,
full durability.

JOURNEY_CUSTOMERS (100,000 unless set; the issue asks for 1,000,000) customers who
agreed to e-mail, a tenth held out. One journey waits, draws an arm and waits again; in
the other a message is planned through all gates of a campaign. A step is a row that
was passed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from benchmarks.figures import Figure
from benchmarks.launch import CONSENTS, CUSTOMERS, WORDS
from benchmarks.launch import _make_shop as make_shop

N = int(os.environ.get("JOURNEY_CUSTOMERS", "100000"))
AT_ONCE, N_MOVERS = 50_000, 2
ENROL_SECONDS, STEPS, STEPS_WITH_MESSAGES = 25, 40_000, 25_000  # of a million; a second
MAIL = {"messages": {"email": WORDS}}
REST: list[dict[str, Any]] = [{"wait": "1 day"}]


def measure() -> Iterator[Figure]:
    make_shop()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CUSTOMERS, [1, N])
        cursor.execute(CONSENTS)
    for name, steps, wanted in (
        ("without messages", REST, STEPS),
        ("with messages", [{"message": MAIL}, *REST], STEPS_WITH_MESSAGES),
    ):
        arms = [{"name": one, "steps": []} for one in ("a", "b")]
        journey = _published(name, [*REST, {"test": {"arms": arms}}, *steps])
        seconds = _enrol(journey)
        yield Figure(
            f"{N:,} entered, journey {name}",
            seconds,
            "s",
            ENROL_SECONDS * N / 1e6,
            "wanted at most",
        )
        _drain()  # to the first wait
        n, seconds = _drain_due(journey)
        yield Figure(
            f"timers due at once, {name}",
            n / seconds,
            "steps/s",
            wanted,
            "wanted at least",
        )
    yield Figure("size of a step with its key", _bytes_a_step(), "bytes", 120, "wanted")


def _published(name: str, steps: list[dict[str, Any]]) -> Any:
    from django.contrib.auth.models import User

    from campaigns.lifecycle.apply import apply
    from campaigns.lifecycle.approve import approve, waiting_version
    from campaigns.lifecycle.journeys.publish import publish

    author, approver = (
        User.objects.get_or_create(username=one, is_superuser=True)[0]
        for one in ("author", "approver")
    )
    raw = {
        "name": name,
        "schedule": {"starts": "2099-01-01T09:00"},
        "segment": {"all": []},
        "holdout": 0.1,
        "steps": steps,
    }
    journey = apply(raw, by=author).version.campaign
    approve(waiting_version(journey), by=approver)
    publish(journey)
    return journey


def _enrol(journey: Any) -> float:
    from django.db import transaction

    from campaigns.journeys.entries import Entry, enter
    from campaigns.journeys.tokens import DUE
    from profiles.models import Customer
    from retention_site.lib.clock import now

    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    began, moment = time.monotonic(), now()
    for start in range(0, len(people), AT_ONCE):
        entries = [
            Entry(pk, f"all:{pk}", moment) for pk in people[start : start + AT_ONCE]
        ]
        with transaction.atomic():
            enter(journey, entries, lane=DUE)
    return time.monotonic() - began


def _drain_due(journey: Any) -> tuple[int, float]:
    """Let every timer be due; return how many steps were passed, and in which time."""
    from campaigns.models import JourneyStep, JourneyToken

    past = timedelta(days=1, minutes=1)
    for token in JourneyToken.objects.filter(journey=journey)[:1]:
        moment = token.arrived_at - past
        JourneyToken.objects.filter(journey=journey).update(
            arrived_at=moment, wake_at=moment + timedelta(days=1)
        )
    before, began = JourneyStep.objects.count(), time.monotonic()
    _drain()
    return JourneyStep.objects.count() - before, time.monotonic() - began


def _drain() -> None:
    from campaigns.journeys import mover
    from tests.faults.forks import in_processes

    in_processes([mover.move_due] * N_MOVERS)


def _bytes_a_step() -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('campaigns_journeystep')::float"
            " / greatest(count(*), 1) FROM campaigns_journeystep"
        )
        return float(cursor.fetchone()[0])
