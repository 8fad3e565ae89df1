"""Points for birthdays: once a year, on the day by the shop's clock."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models.functions import ExtractDay, ExtractMonth

from campaigns.content.points_terms import BIRTHDAY, EarnRule, PointsTerms
from campaigns.models import PointsMovement, PointsSweep
from campaigns.offers.points import ledger, programme
from campaigns.offers.points.ledger import Award, Earned
from profiles.models import Customer
from retention_site.lib.clock import shop_zone

MOST_LATE = timedelta(days=6)  # a shop that was off makes up for so many days
AT_ONCE = 5_000


@transaction.atomic
def congratulate(*, at: datetime) -> int:
    """Give points to whoever has a birthday since the last look; return to how many."""
    place = PointsSweep.objects.select_for_update(skip_locked=True).first()
    today = at.astimezone(shop_zone()).date()
    if place is None or (place.birthdays_on and place.birthdays_on >= today):
        return 0
    first = today
    if place.birthdays_on:
        first = max(place.birthdays_on + timedelta(days=1), today - MOST_LATE)
    n, versions = 0, programme.history()
    for day in _days(first, today):
        begins = datetime.combine(day, time(), shop_zone())
        # who begins today gives today's points
        since = versions[0].holds_from if versions else begins
        terms = programme.held_at(versions, max(begins, since))
        if terms is not None:
            rules = terms.rules(BIRTHDAY)
            n += sum(_give(rule, terms, day, at) for rule in rules)
    place.birthdays_on = today
    place.save(update_fields=["birthdays_on"])
    return n


def _give(rule: EarnRule, terms: PointsTerms, day: date, at: datetime) -> int:
    subject = f"birthday:{day.year}"
    told = PointsMovement.objects.filter(rule=rule.name, subject=subject)
    has = set(told.values_list("customer__merged_into_id", "customer_id"))
    known = {one for pair in has for one in pair}
    expires_at = at + timedelta(days=terms.expires_days) if terms.expires_days else None
    awards = [
        Award(
            customer,
            rule.points,
            f"earn:{rule.name}:{customer.pk}:{subject}:0",
            expires_at=expires_at,
            earned_by=Earned(rule.name, subject),
        )
        for customer in _born_on(day)
        if customer.pk not in known
    ]
    for start in range(0, len(awards), AT_ONCE):
        ledger.award_all(awards[start : start + AT_ONCE], at=at)
    return len(awards)


def _born_on(day: date) -> Iterator[Customer]:
    """Whoever was born on 29 February has a birthday on the 28th of other years."""
    days = [100 * day.month + day.day]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        days.append(229)
    born = ExtractMonth("birth_date") * 100 + ExtractDay("birth_date")
    people = Customer.objects.known().exclude(birth_date=None)
    return (
        people.annotate(born=born)
        .filter(born__in=days)
        .only("pk", "merged_into")
        .iterator(AT_ONCE)
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
