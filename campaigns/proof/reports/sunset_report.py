"""What holding back the long silent changes: those whom the rule holds against those
who are exempt from it by lot.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.utils.translation import gettext as _

from campaigns.content import shop_rules
from campaigns.models import StoredReport, SunsetCase
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.proof.effects import measure
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain

EXEMPT, HELD = "exempt", "held back"
DAYS = 56  # of each customer from when the silence was found
QUESTION = Question(
    goals=("revenue", "conversion"),
    also=("orders",),
    guardrails={"unsubscribes": 0.01, "complaints": 0.002},
)


def report(*, until: datetime | None = None) -> StoredReport:
    """Measure the rule about long silence and store the report."""
    until = until or now()
    cases = SunsetCase.objects.filter(
        exempt_share=shop_rules.sunset().exempt, began_at__lt=until
    )
    kept, _is_new = StoredReport.objects.update_or_create(
        kind=StoredReport.Kind.SUNSET,
        campaign=None,
        defaults={
            "as_of": until,
            "result": plain(_measured(_assigned(cases), until)),
            "computed_at": real_now(),
        },
    )
    return kept


def _assigned(cases: Any) -> pa.Table:
    rows = list(
        cases.filter(customer__erased_at=None, customer__merged_into=None).values_list(
            "customer_id", "is_exempt", "began_at"
        )
    )
    return pa.table(
        {
            "customer": pa.array([pk for pk, _, _ in rows], pa.int64()),
            "arm": pa.array(
                [EXEMPT if is_exempt else HELD for _, is_exempt, _ in rows], pa.string()
            ),
            "assigned_at": pa.array(
                [at for _, _, at in rows], pa.timestamp("us", "UTC")
            ),
        }
    )


def _measured(assigned: pa.Table, until: datetime) -> dict[str, Any]:
    share = shop_rules.sunset().exempt
    arms = set(assigned["arm"].to_pylist())
    if not share or arms != {EXEMPT, HELD}:
        why = _("Too few are silent for long, or nobody is exempt: nothing to compare.")
        return {"refused": why, "sentence": why, "effect": None, "n": len(assigned)}
    with gathered(
        assigned,
        QUESTION,
        Window(DAYS, DAYS_BEFORE, until),
        split={EXEMPT: share, HELD: 1 - share},
    ) as evidence:
        effect = measure(
            evidence.connection,
            evidence.plan,
            evidence.problems,
            unusable=evidence.unusable,
        )
    first = min(assigned["assigned_at"].to_pylist())
    return {
        "refused": effect["refused"],
        "effect": effect,
        "n": len(assigned),
        "sentence": _sentence(effect, first, until),
    }


def _sentence(effect: dict[str, Any], first: datetime, until: datetime) -> str:
    if until < first + timedelta(days=DAYS):
        return _("Too early to say. Look again on {day}.").format(
            day=f"{first + timedelta(days=DAYS):%Y-%m-%d}"
        )
    if effect["refused"]:
        return _(
            "No verdict: the two groups do not have the sizes they were drawn with."
        )
    verdict = effect["results"][0]["verdict"]
    return {
        "better": _("Holding the long silent back brings more than writing to them."),
        "worse": _("Holding the long silent back costs more than it spares."),
    }.get(verdict, _("No difference is seen: holding them back costs nothing visible."))
