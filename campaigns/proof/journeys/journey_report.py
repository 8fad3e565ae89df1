"""The report of a journey: as a campaign's, with its steps and its steps' experiments.

Intention to treat by the arm drawn at the entry: who was held, who left early and who
never came to a message all count where chance put them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from campaigns.content.journey_graph import Graph
from campaigns.content.model import Content, shares
from campaigns.content.parse import read
from campaigns.models import Campaign, EffectReport, Message, Run
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, Evidence, gathered
from campaigns.outcomes.assignments import enrolled_in, tested_at
from campaigns.outcomes.campaign_goals import question_of
from campaigns.outcomes.customer_outcomes import Window
from campaigns.proof.cumulative_effect import over_time
from campaigns.proof.journeys.step_counts import graphs_of, shown, step_counts
from campaigns.proof.reports.business_value import money_of
from campaigns.proof.reports.evaluate import (
    AA_CHECK,
    N_REDRAWS,
    NO_CONTROL_GROUP,
    effect_of,
    redraws,
)
from campaigns.proof.reports.run_counts import decided, offers
from profiles import history
from profiles.history import Tables
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain


def journey_report(
    journey: Campaign, *, until: datetime | None = None
) -> dict[str, Any]:
    """Return a journey's report: counts as they are now, effects as of `until` (now)."""
    return dict(evaluate(journey, until=until).result)


def evaluate(journey: Campaign, *, until: datetime | None = None) -> EffectReport:
    """Measure what a journey changed by `until` and store the report; that of one that
    nobody wrote a version of is empty.
    """
    until = until or now()
    history.refresh()
    facts, version = facts_of(journey), shown(journey)
    found: dict[str, Any] = {"effect": None, "refused": None, "experiments": {}}
    opened_at = closes_at = None
    if version is not None and facts["audience"]["n"]:
        content = read(version.content)
        tables = history.tables(as_of=until)
        try:
            found["experiments"] = _experiments(journey, content, until, tables)
            if content.holdout:
                with _entered(journey, content, until, tables) as evidence:
                    opened_at, closes_at = evidence.opened_at, evidence.closes_at
                    found["effect"] = effect_of(evidence)
                    found["effect"] |= over_time(evidence, found["effect"])
            else:
                found["refused"] = NO_CONTROL_GROUP
        finally:
            tables.connection.close()
    found["money"] = _money(found["effect"], facts)
    return _keep(journey, "", opened_at, closes_at, facts, {"as_of": until, **found})


def check(
    journey: Campaign, *, until: datetime, n_redraws: int = N_REDRAWS
) -> EffectReport:
    """Measure a journey whose messages nobody could react to: an A/A check, which must
    find nothing, with the share of fresh assignments that would have.
    """
    version = shown(journey)
    if version is None:
        raise LookupError(f"{journey} has no version.")
    history.refresh()
    tables = history.tables(as_of=until)
    try:
        with _entered(journey, read(version.content), until, tables) as evidence:
            effect = effect_of(evidence)
            effect |= over_time(evidence, effect)
            found = {
                "as_of": until,
                "effect": effect,
                "refused": None,
                "redraws": redraws(evidence, effect, version.salt, n_redraws),
            }
            span = evidence.opened_at, evidence.closes_at
    finally:
        tables.connection.close()
    return _keep(journey, AA_CHECK, *span, facts_of(journey), found)


def facts_of(journey: Campaign) -> dict[str, Any]:
    """Count what is not estimated: who entered, their messages, offers, steps."""
    runs = Run.objects.filter(campaign__part_of=journey)
    version = shown(journey)
    return {
        "campaign": journey.name,
        "run": None,
        "version_hash": version.hash if version else None,
        "audience": _audience(journey),
        **decided(Message.objects.filter(run__in=runs)),
        "offers": offers(list(runs.values_list("pk", flat=True))),
        "steps": step_counts(journey),
    }


def _audience(journey: Campaign) -> dict[str, Any]:
    """Everybody who entered, each once, by the shop's ids in byte order."""
    entered = journey.enrolments.order_by().values_list(
        "customer__external_id", flat=True
    )
    ids = sorted(external_id.encode() for external_id in entered.distinct())
    listed = b"".join(one + b"\n" for one in ids)
    return {"n": len(ids), "hash": hashlib.sha256(listed).hexdigest() if ids else None}


def _entered(
    journey: Campaign, content: Content, until: datetime, tables: Tables
) -> Any:
    return gathered(
        enrolled_in(journey),
        question_of(content.goal),
        Window(content.goal.window_days, DAYS_BEFORE, until),
        split=shares(content),
        is_parted=True,
        tables=tables,
    )


def _experiments(
    journey: Campaign, content: Content, until: datetime, tables: Tables
) -> dict[str, Any]:
    """Measure each test of the shown version's steps, the first arm as its control."""
    version, graphs = shown(journey), graphs_of(journey)
    tests = [
        place
        for place in (graphs[version.pk].places if version else ())
        if place.kind == "test"
    ]
    return {
        place.key: _experiment(
            journey,
            content,
            _split(place.says),
            _places(graphs, place.key, place.says),
            until,
            tables,
        )
        for place in tests
    }


def _split(says: Mapping[str, Any]) -> dict[str, float]:
    weights = {one["name"]: one["weight"] for one in says["arms"] if one["weight"]}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


def _places(
    graphs: Mapping[int, Graph], key: str, says: Mapping[str, Any]
) -> list[tuple[int, int]]:
    """Where the test stands in the versions that drew it with the same chances."""
    return [
        (version, graph.by_key[key].number)
        for version, graph in graphs.items()
        if key in graph.by_key
        and graph.by_key[key].kind == "test"
        and _split(graph.by_key[key].says) == _split(says)
    ]


def _experiment(
    journey: Campaign,
    content: Content,
    split: dict[str, float],
    places: list[tuple[int, int]],
    until: datetime,
    tables: Tables,
) -> dict[str, Any] | None:
    assigned = tested_at(journey, places)
    if not assigned.num_rows:
        return None
    window = Window(content.goal.window_days, DAYS_BEFORE, until)
    evidence: Evidence
    with gathered(
        assigned, question_of(content.goal), window, split=split, tables=tables
    ) as evidence:
        return effect_of(evidence)


def _money(
    effect: dict[str, Any] | None, facts: Mapping[str, Any]
) -> dict[str, Any] | None:
    sent = {channel: counts["sent"] for channel, counts in facts["channels"].items()}
    return money_of(effect, coupons=facts["offers"]["cost"], sent=sent)


def _keep(
    journey: Campaign,
    label: str,
    opened_at: datetime | None,
    closes_at: datetime | None,
    facts: Mapping[str, Any],
    found: Mapping[str, Any],
) -> EffectReport:
    report, _is_new = EffectReport.objects.update_or_create(
        campaign=journey,
        run=None,
        label=label,
        defaults={
            "window_from": opened_at,
            "window_to": closes_at,
            "result": plain({**facts, "label": label or None, **found}),
            "computed_at": real_now(),
        },
    )
    return report
