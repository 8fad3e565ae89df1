"""Follow one customer through a journey in the past: what would have happened, and why."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from campaigns.journey_rehearsal import counts
from campaigns.journey_rehearsal.arms import HELD, draw_arms
from campaigns.journey_rehearsal.messages import Gate, Wished
from campaigns.journey_rehearsal.past import Past
from campaigns.journey_rehearsal.rehearse import DAYS, Script, opened, script_of
from campaigns.journey_rehearsal.replay import replay
from campaigns.journey_rehearsal.steps import LEFT
from campaigns.models import Campaign
from campaigns.planning.holdouts import lots_of
from campaigns.proof.journeys.diary import Told, Visit, Way, diary, sentences
from campaigns.proof.journeys.follow import follow
from profiles import history
from profiles.models import Customer
from retention_site.lib.clock import now

RUNS = """
    SELECT runs.run, entered, value, ended, drawn.arm FROM runs JOIN drawn USING (customer)
    LEFT JOIN ends USING (run) ORDER BY entered
"""
SENT = "sent"


def followed(
    journey: Campaign,
    customer: Customer,
    *,
    as_of: datetime | None = None,
    days: int = DAYS,
) -> dict[str, Any]:
    """Follow a customer: from the rows where the journey was published, else, or with
    `as_of`, through the history.
    """
    if as_of is None and journey.publications.exists():
        return follow(journey, customer)
    return follow_in_the_past(journey, customer, as_of or now(), days)


def follow_in_the_past(
    journey: Campaign, customer: Customer, as_of: datetime, days: int = DAYS
) -> dict[str, Any]:
    """Rehearse a journey for one customer alone, by the statements that rehearse it for
    all. Raise `CannotRehearse`.
    """
    script, person = script_of(journey), customer.merged_into or customer
    past = opened(as_of, days, history.narrowed([person.pk], as_of))
    try:
        replay(past, script.content, script.graph, script.version.salt)
        lots = lots_of(journey.pk, script.content)
        draw_arms(past, script.content, script.version.salt, lots)
        entries = diary(_ways(past, script, person.pk))
    finally:
        past.tables.connection.close()
    return {
        "journey": journey.name,
        "customer": customer.external_id,
        "is_rehearsed": True,
        "from": past.starts,
        "as_of": past.ends,
        "entries": entries,
        "sentences": sentences(entries),
    }


def _ways(past: Past, script: Script, customer: int) -> list[Way]:
    runs = past.run(RUNS)
    visits = counts.visits_of(past, script.graph)
    held = {run for run, *_rest, arm in runs if arm in HELD}
    told = _told(past, script, customer, visits, held)
    by_run: dict[int, list[Visit]] = defaultdict(list)
    for one in visits:
        place = script.graph.by_key[one.step]
        by_run[one.run].append(
            Visit(
                place,
                one.arrived,
                one.left,
                one.outcome,
                told.get((one.run, place.number)),
                has_left=one.outcome in LEFT.values(),
            )
        )
    return [
        Way(
            entered,
            value,
            HELD.get(arm, ""),
            by_run[run],
            ended,
            _reason(script, by_run[run]) if ended else "",
            script.version.number,
        )
        for run, entered, value, ended, arm in runs
    ]


def _told(
    past: Past,
    script: Script,
    customer: int,
    visits: list[counts.Visit],
    held: set[int],
) -> dict[tuple[int, int], Told]:
    """Decide on the customer's messages in the order of time."""
    wished = [
        Wished(customer, one.run, place.number, one.arrived)
        for one in sorted(visits, key=lambda one: one.arrived)
        if (place := script.graph.by_key[one.step]).kind == "message"
        and one.run not in held
    ]
    if not wished:
        return {}
    gate = Gate(past, script.journey, script.messages, [customer], has_limits=True)
    found = {}
    for one in wished:
        verdict = gate.decide(one)
        found[one.run, one.place] = (
            Told("held", verdict.reason)
            if verdict.reason
            else Told(SENT, channel=verdict.channel, leaves=verdict.leaves)
        )
    return found


def _reason(script: Script, visits: list[Visit]) -> str:
    """Say why a way was over: left at its last step, or at the door, or at an end."""
    last = visits[-1] if visits else None
    if last is None:
        return LEFT[-2]
    if last.has_left:
        return last.outcome
    return str(last.place.says) if last.place.kind == "end" else counts.END
