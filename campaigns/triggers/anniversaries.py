"""Birthdays and other days that come round: found a day ahead by the shop's calendar,
due by the customer's clock.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from campaigns.models import Trigger
from campaigns.triggers import armed_triggers
from campaigns.triggers.armed_triggers import Watched
from campaigns.triggers.occasion_rows import Noticed, Sighting, notice
from profiles.models import Customer
from retention_site.lib.clock import now, shop_zone
from retention_site.lib.walltime import instant, zone_named

EVERY = timedelta(hours=1)
BATCH = 10_000
NOON = time(12)


def look() -> Noticed:
    """Notice whose day is today or tomorrow; the same day is noticed once, however
    often it is looked for.
    """
    n, n_due, moment = 0, 0, now()
    for one in armed_triggers.active("anniversary"):
        trigger = Trigger.objects.get(pk=one.id)
        if trigger.looked_at and moment - trigger.looked_at < EVERY:
            continue
        today = moment.astimezone(shop_zone()).date()
        # zones east and west of the shop
        for day in (today - timedelta(1), today, today + timedelta(1)):
            found = _look_at(one, day, moment)
            n, n_due = n + found.n, n_due + found.n_due
        Trigger.objects.filter(pk=trigger.pk).update(looked_at=moment)
    return Noticed(n, n_due)


def _look_at(watched: Watched, day: date, moment: datetime) -> Noticed:
    total = Noticed()
    customers = _whose(watched, day + timedelta(watched.plan.days_before))
    for start in range(0, len(customers), BATCH):
        zones = Customer.objects.filter(
            pk__in=customers[start : start + BATCH]
        ).values_list("pk", "time_zone")
        found = notice(
            (_sighting(watched, pk, zone, day) for pk, zone in zones), moment
        )
        total = Noticed(total.n + found.n, total.n_due + found.n_due)
    return total


def _whose(watched: Watched, day: date) -> list[int]:
    """Return the customers whose day it is, by primary key: the predicate that segments
    use says so.
    """
    # brings DuckDB: only this kind of trigger pays for it
    from profiles import segments

    noon = instant(datetime.combine(day, NOON), shop_zone())
    rule = {"all": [{"is": "anniversary", "of": watched.plan.of, "within_days": 0}]}
    return [int(customer) for customer in segments.members(rule, noon)]


def _sighting(watched: Watched, customer: int, zone: str, day: date) -> Sighting:
    plan = watched.plan
    at = instant(
        datetime.combine(day, time.fromisoformat(plan.at)),
        zone_named(zone) or shop_zone(),
    )
    data = {
        "of": plan.of,
        "day": (day + timedelta(plan.days_before)).isoformat(),
        "at": at.isoformat(),
    }
    return Sighting(
        watched.id,
        customer,
        f"{plan.of}:{day}:{customer}",
        at,
        at + watched.delay,
        data,
    )
