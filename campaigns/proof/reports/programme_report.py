"""What everything that we send together changed: the global holdout against everybody
else.
"""

import io
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.content import shop_rules
from campaigns.models import Campaign, Holdout, Message, StoredReport
from campaigns.outcomes.analysis_rows import DAYS_BEFORE, gathered
from campaigns.outcomes.campaign_goals import Question
from campaigns.outcomes.customer_outcomes import Window
from campaigns.planning.decide import GLOBAL_HOLDOUT
from campaigns.proof.cumulative_effect import over_time
from campaigns.proof.effects import measure
from campaigns.proof.reports.business_value import money_of
from campaigns.stats.allocation.assignment import is_within
from retention_site.lib.clock import now, real_now
from retention_site.lib.commands import plain

REST = "everybody else"
LEAST_DAYS = 28  # a campaign's usual window: before it is over, who was written to last has hardly had time to buy
QUESTION = Question(
    goals=("revenue", "conversion"),
    also=("margin", "orders"),
    guardrails={"unsubscribes": 0.01, "complaints": 0.002},
)
EVERYBODY = """
    SELECT id AS customer, external_id,
        (1e6 * extract(epoch FROM greatest(signed_up_at, '{since}'::timestamptz)))::bigint AS assigned_at
    FROM profiles_customer WHERE merged_into_id IS NULL AND erased_at IS NULL
        AND (signed_up_at IS NULL OR signed_up_at < '{until}'::timestamptz)
"""
TYPES = {"customer": pa.int64(), "external_id": pa.string(), "assigned_at": pa.int64()}
COUPONS = """
    SELECT coalesce(sum(coalesce(coupon.discount, least(coupon.value, coalesce(coupon.order_value, coupon.value)))), 0)
    FROM campaigns_coupon coupon WHERE coupon.redeemed_at >= %s AND coupon.redeemed_at < %s
"""


def report(*, until: datetime | None = None) -> StoredReport:
    """Measure the whole programme since the holdout was drawn and store the report."""
    until = until or now()
    holdout = Holdout.objects.order_by("-pk").first()
    found = (
        _refused(until)
        if holdout is None or not holdout.share
        else _measured(holdout, until)
    )
    kept, _is_new = StoredReport.objects.update_or_create(
        kind=StoredReport.Kind.PROGRAMME,
        campaign=None,
        defaults={"as_of": until, "result": plain(found), "computed_at": real_now()},
    )
    return kept


def _refused(until: datetime) -> dict[str, Any]:
    why = _(
        "Nobody is held out of all marketing, so what it changes as a whole can't be"
        " known."
    )
    if shop_rules.global_holdout():
        why = _(
            "Nothing has been sent yet. {share} of all customers are drawn by lot with the first run."
        ).format(share=f"{100 * shop_rules.global_holdout():g} %")
    return {
        "as_of": until,
        "since": None,
        "refused": why,
        "effect": None,
        "money": None,
        "sentence": why,
    }


def _measured(holdout: Holdout, until: datetime) -> dict[str, Any]:
    days = max(-(-(until - holdout.since) // timedelta(days=1)), 1)
    assignments = _placed(_everybody(holdout.since, until), holdout)
    split = {GLOBAL_HOLDOUT: holdout.share, REST: 1 - holdout.share}
    with gathered(
        assignments,
        QUESTION,
        Window(days, DAYS_BEFORE, until),
        split=split,
        is_parted=True,
    ) as evidence:
        effect = measure(
            evidence.connection,
            evidence.plan,
            evidence.problems,
            unusable=evidence.unusable,
        )
        effect |= over_time(evidence, effect)
    sent = _sent(holdout.since, until)
    money = money_of(effect, coupons=_coupons(holdout.since, until), sent=sent)
    return {
        "as_of": until,
        "since": holdout.since,
        "days": days,
        "share": holdout.share,
        "refused": effect["refused"],
        "effect": effect,
        "money": money,
        "sent": sent,
        "campaigns": _campaigns(holdout.since, until),
        "sentence": _sentence(money, effect, days, until),
        "is_early": days < LEAST_DAYS,
    }


def _everybody(since: datetime, until: datetime) -> pa.Table:
    read = io.BytesIO()
    sql = EVERYBODY.format(since=since.isoformat(), until=until.isoformat())
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)") as copy,
    ):
        for block in copy:
            read.write(block)
    read.seek(0)
    return pyarrow.csv.read_csv(
        read, convert_options=pyarrow.csv.ConvertOptions(column_types=TYPES)
    )


def _placed(everybody: pa.Table, holdout: Holdout) -> pa.Table:
    """Draw everybody as planning draws them: by the same salt, from the shop's own ids."""
    held = is_within(
        everybody["external_id"].to_pylist(),
        salt=holdout.salt,
        low=0.0,
        high=holdout.share,
    )
    arms = pa.array(
        [GLOBAL_HOLDOUT if is_held else REST for is_held in held.tolist()], pa.string()
    )
    at = everybody["assigned_at"].cast(pa.timestamp("us", "UTC"))
    return pa.table({"customer": everybody["customer"], "arm": arms, "assigned_at": at})


def _sent(since: datetime, until: datetime) -> dict[str, int]:
    sent = Message.objects.filter(sent_at__gte=since, sent_at__lt=until)
    return dict(sent.values_list("channel").annotate(n=Count("id")).order_by("channel"))


def _coupons(since: datetime, until: datetime) -> float:
    with connection.cursor() as cursor:
        cursor.execute(COUPONS, [since, until])
        return float(cursor.fetchone()[0])


def _campaigns(since: datetime, until: datetime) -> list[dict[str, Any]]:
    """The programme's campaigns with how much each sent, the largest first."""
    sent = Message.objects.filter(sent_at__gte=since, sent_at__lt=until).values_list(
        "campaign"
    )
    counted = dict(sent.annotate(n=Count("id")))
    names = dict(Campaign.objects.filter(pk__in=counted).values_list("pk", "name"))
    ranked = sorted(counted.items(), key=lambda pair: -pair[1])
    return [{"campaign": pk, "name": names[pk], "sent": n} for pk, n in ranked]


def _left(days: int) -> timedelta:
    return timedelta(days=LEAST_DAYS - days)


def _sentence(
    money: dict[str, Any] | None, effect: dict[str, Any], days: int, until: datetime
) -> str:
    if days < LEAST_DAYS:
        return _("Too early to say. Look again on {day}.").format(
            day=f"{until + _left(days):%Y-%m-%d}"
        )
    if effect["refused"]:
        return _(
            "No verdict: the two groups do not have the sizes they were drawn with."
        )
    if money is None:
        return _("Not enough is known yet of the {share} who are left alone.").format(
            share=f"{100 * shop_rules.global_holdout():g} %"
        )
    since = ngettext(
        "In {days} day of everything that was sent: ",
        "In {days} days of everything that was sent: ",
        days,
    ).format(days=days)
    return since + money["sentence"]
