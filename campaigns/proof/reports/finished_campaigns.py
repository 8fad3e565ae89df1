"""Finished campaigns of another system: an effect where chance left some customers
alone, else only what is honest.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.content.model import CONTROL
from campaigns.models import Campaign, EffectReport
from campaigns.outcomes import redemptions
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.assignments import recipients_of
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.proof.effects import measure
from campaigns.proof.reports import naive_comparison
from campaigns.proof.reports.evaluate import NO_CONTROL_GROUP
from profiles import history
from profiles.history import Tables
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain

METRICS = ("conversion", "revenue")


def evaluate_all(
    campaigns: Iterable[Campaign], *, until: datetime | None = None
) -> dict[Campaign, EffectReport]:
    """Report on many from one read of the history."""
    tables = history.tables(as_of=max(until or now(), now()))
    try:
        return {
            campaign: evaluate(campaign, until=until, tables=tables)
            for campaign in campaigns
        }
    finally:
        tables.connection.close()


def evaluate(
    campaign: Campaign, *, until: datetime | None = None, tables: Tables | None = None
) -> EffectReport:
    """Report on an imported campaign and store it: refused without a control group,
    whatever the numbers look like.

    Redemptions count until `until`, by default now, and the report says so. `tables` of
    as of then or later may be shared.
    """
    until = until or now()
    recipients = recipients_of(campaign)
    arms = Counter(recipients["arm"].to_pylist())
    measured = (
        _effect(campaign, recipients, arms, tables) if _has_control(arms) else None
    )
    found = {
        **_facts(campaign, recipients),
        "effect": measured,
        "refused": None if measured else NO_CONTROL_GROUP,
        "redemption": _redemption(campaign, until, tables),
        "redeemed_until": until,
    }
    if measured is None:
        found |= naive_comparison.look(campaign, recipients, tables)
    report, _is_new = EffectReport.objects.update_or_create(
        campaign=campaign,
        run=None,
        label="",
        defaults={
            "window_from": campaign.starts_at,
            "window_to": campaign.ends_at,
            "result": plain(found),
            "computed_at": real_now(),
        },
    )
    return report


def _has_control(arms: Counter[str]) -> bool:
    return (
        bool(arms[CONTROL]) and sum(n > 0 for arm, n in arms.items() if arm != "") > 1
    )


def _effect(
    campaign: Campaign, recipients: pa.Table, arms: Counter[str], tables: Tables | None
) -> dict[str, Any] | None:
    """Measure by the split as it was found: the planned one is not known, so it can't
    be tested.
    """
    if campaign.starts_at is None or campaign.ends_at is None:
        return None
    n_all = sum(n for arm, n in arms.items() if arm)
    split = {CONTROL: arms[CONTROL] / n_all} | {
        arm: n / n_all for arm, n in sorted(arms.items()) if arm
    }
    days = max((campaign.ends_at - campaign.starts_at) // timedelta(days=1), 1)
    window = Window(days, DAYS_BEFORE, min(campaign.ends_at, now()))
    untested = _(
        "The planned split is not known, so whether it was kept could not be tested."
    )
    with gathered(
        recipients, Question(METRICS), window, split=split, tables=tables
    ) as evidence:
        return measure(
            evidence.connection,
            evidence.plan,
            [untested, *evidence.problems],
            unusable=evidence.unusable,
        )


def _facts(campaign: Campaign, recipients: pa.Table) -> dict[str, Any]:
    """Everybody on the list is taken to have been written to: what became of the
    messages was not imported.
    """
    ids = sorted(external_id.encode() for external_id in _external_ids(campaign))
    n_held = sum(arm == CONTROL for arm in recipients["arm"].to_pylist())
    n_sent = len(ids) - n_held
    return {
        "campaign": campaign.name,
        "run": None,
        "version_hash": None,
        "as_of": now(),
        "label": None,
        "audience": {
            "n": len(ids),
            "hash": hashlib.sha256(b"".join(one + b"\n" for one in ids)).hexdigest(),
        },
        "decisions": {
            "send": n_sent,
            "hold": {"control group": n_held} if n_held else {},
        },
        "states": {"sent": n_sent} | ({"held": n_held} if n_held else {}),
        "channels": {},
        "offers": None,
        "currency": settings.SHOP_CURRENCY,
    }


def _external_ids(campaign: Campaign) -> list[str]:
    return list(campaign.recipients.values_list("customer__external_id", flat=True))


def _redemption(
    campaign: Campaign, until: datetime, tables: Tables | None
) -> dict[str, Any]:
    redemption = redemptions.of_campaign(campaign, until, tables)
    return {**asdict(redemption), "share": redemption.share}
