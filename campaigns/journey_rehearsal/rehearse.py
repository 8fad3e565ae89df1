"""Rehearse a journey: who would have entered, how far each came, what would have been
sent and offered, and the smallest effect that it could show.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from campaigns.content.journey_content import message_mapping
from campaigns.content.journey_graph import Graph, graph_of
from campaigns.content.model import CONTROL, Content
from campaigns.content.parse import read
from campaigns.journey_rehearsal import counts, messages, offers
from campaigns.journey_rehearsal.arms import draw_arms
from campaigns.journey_rehearsal.past import Past
from campaigns.journey_rehearsal.replay import replay
from campaigns.journeys.entries import BEFORE, INSIDE, UNFIT
from campaigns.models import Campaign, CampaignVersion, StoredReport
from campaigns.planning.holdouts import lots_of
from campaigns.proof.power_planning import foresee
from profiles import history
from profiles.jobs import Progress
from retention_site.lib.clock import real_now
from retention_site.lib.commands import plain

DAYS = 90
MOST_DAYS = 730
ALIVE = (
    CampaignVersion.State.DRAFT,
    CampaignVersion.State.IN_REVIEW,
    CampaignVersion.State.APPROVED,
)


class CannotRehearse(Exception):
    """There is nothing to try: one sentence."""


@dataclass(frozen=True)
class Script:
    """A version of a journey, read: what is rehearsed."""

    version: CampaignVersion
    content: Content
    graph: Graph
    messages: dict[int, Content]  # what each message step says, by place

    @property
    def journey(self) -> Campaign:
        return self.version.campaign


def unheard(share: float, words: str = "") -> None:
    """Take the progress of a rehearsal that nobody watches."""


def stored(
    journey: Campaign, as_of: datetime, days: int = DAYS, progress: Progress = unheard
) -> StoredReport:
    """Rehearse a journey and keep the answer for its page."""
    kept, _is_new = StoredReport.objects.update_or_create(
        kind=StoredReport.Kind.REHEARSAL,
        campaign=journey,
        defaults={
            "as_of": as_of,
            "result": plain(rehearse(journey, as_of, days, progress)),
            "computed_at": real_now(),
        },
    )
    return kept


def rehearse(
    journey: Campaign, as_of: datetime, days: int = DAYS, progress: Progress = unheard
) -> dict[str, Any]:
    """Say what the newest version would have done in the days before `as_of`, had it
    begun then: nobody is written to, nothing is kept. Raise `CannotRehearse`.
    """
    script, began = script_of(journey), time.monotonic()
    history.refresh()
    past = opened(as_of, days)
    try:
        answer = _tried(past, script, progress)
    finally:
        past.tables.connection.close()
    return {**answer, "seconds": round(time.monotonic() - began, 3)}


def script_of(journey: Campaign) -> Script:
    """Read the newest version that is alive, a draft too."""
    version = (
        journey.versions.filter(state__in=ALIVE)
        .select_related("campaign")
        .order_by("-number")
        .first()
    )
    if version is None or not version.content.get("steps"):
        raise CannotRehearse(
            _("{campaign} has no version to rehearse.").format(campaign=journey)
        )
    content = read(version.content)
    graph = graph_of(content.steps)
    said = {
        place.number: read(message_mapping(version.content, place.says, place.key))
        for place in graph.places
        if place.kind == "message"
    }
    return Script(version, content, graph, said)


def opened(as_of: datetime, days: int, tables: history.Tables | None = None) -> Past:
    return Past(tables or history.tables(as_of=as_of), as_of - timedelta(days=days))


def _tried(past: Past, script: Script, progress: Progress) -> dict[str, Any]:
    version, content, graph = script.version, script.content, script.graph
    n_customers = past.run("SELECT count(*) FROM customers")[0][0]

    def walked(share: float) -> None:
        progress(0.7 * share)

    refused = replay(past, content, graph, version.salt, walked)
    lots = lots_of(version.campaign_id, content)
    arms = draw_arms(past, content, version.salt, lots)
    steps, ended = counts.steps_of(past, graph), counts.endings(past, graph)
    held = counts.held_at(past, graph)
    n_entered = past.run("SELECT count(*) FROM runs")[0][0]
    planned = messages.plan(past, script.journey, script.messages, graph)
    progress(0.85)
    return {
        "journey": version.campaign.name,
        "version": version.number,
        "version_hash": version.hash,
        "from": past.starts,
        "as_of": past.ends,
        "days": (past.ends - past.starts).days,
        "customers": n_customers,
        "entries": {
            "entered": n_entered,
            "refused": {
                UNFIT: refused.unfit,
                BEFORE: refused.again,
                INSIDE: refused.one_at_a_time,
            },
        },
        "arms": arms,
        "steps": [
            {**one, "held": held[one["key"]], **_of_messages(planned, one)}
            for one in steps
        ],
        "ended": ended,
        "inside": n_entered - sum(ended.values()),
        "messages": {
            "send": planned.scaled(planned.days.total()),
            "days": [
                {"day": day, "channel": channel, "messages": planned.scaled(n)}
                for (day, channel), n in sorted(planned.days.items())
            ],
        },
        "offers": offers.costs(planned, script.messages, past.ends),
        "smallest": smallest(past, content),
        "approximations": [*past.approximations, *_always()],
    }


def _of_messages(planned: messages.Planned, step: dict[str, Any]) -> dict[str, Any]:
    if step["kind"] != "message":
        return {}
    decided = planned.steps[step["key"]]
    return {
        "send": planned.scaled(decided["send"]),
        "hold": {
            reason: planned.scaled(n)
            for reason, n in decided.most_common()
            if reason != "send"
        },
    }


def smallest(past: Past, content: Content) -> list[dict[str, Any]]:
    """Return the smallest effect that these entries could show, by metric of the goal:
    what their customers did in the last window stands for what they will do.
    """
    customers = past.tables.run(
        "SELECT DISTINCT customer FROM runs JOIN drawn USING (customer) WHERE arm < 2"
    )["customer"].to_numpy()
    if not content.holdout or not len(customers):
        return []
    return [
        {
            "metric": one.metric,
            "n_control": one.n_control,
            "n_treated": one.n_treated,
            "mean": one.mean,
            "smallest": one.smallest,
            "smallest_with_past": one.smallest_with_past,
            "relative": one.relative,
        }
        for one in foresee(
            np.sort(customers).astype(np.int64, copy=False),
            {CONTROL: content.holdout, "journey": 1 - content.holdout},
            content.goal.metrics,
            days=content.goal.window_days,
            as_of=past.ends,
        )
    ]


def _always() -> list[str]:
    return [
        _(
            "Nobody was written to: what customers did is what they did without these"
            " messages."
        ),
        _(
            "Addresses, consents, portraits and contact limits are those of the last"
            " day; who had entered before the first day may enter again."
        ),
        _("Whoever opted out meanwhile stays inside, and gets no message."),
    ]
