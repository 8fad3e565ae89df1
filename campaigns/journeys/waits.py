"""Steps at which customers stay: until a time, an event or a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.content.journey_steps import WEEKDAYS
from campaigns.content.triggers import span
from campaigns.journeys import event_waits
from campaigns.journeys.event_waits import Asked
from campaigns.journeys.tokens import Move
from campaigns.journeys.walk import Kind
from campaigns.planning import message_context
from campaigns.planning.send_time import next_at, next_in_slot
from profiles import segments
from profiles.models import Customer
from retention_site.lib.walltime import instant

LOOK_AGAIN = timedelta(hours=1)  # at a rule that is waited for
HAPPENED, IN_VAIN = "happened", "in vain"
FIRST_PURCHASE = """
    SELECT coalesce(customer.merged_into_id, customer.id), min(event.happened_at)
    FROM profiles_event event JOIN profiles_customer customer ON customer.id = event.customer_id
    WHERE event.type = 'purchase' AND (customer.id = ANY(%s) OR customer.merged_into_id = ANY(%s)) GROUP BY 1
"""


class Wait(Kind):
    """Until a span is over, or until a time on the customer's own clock.

    The end is reckoned anew from the arrival whenever somebody looks: in another zone
    it is another moment.
    """

    def arrive(self, moves: Sequence[Move]) -> None:
        until_of = self._spans if "for" in self.place.says else self._clocks
        for move, (until, zone) in zip(moves, until_of(moves), strict=True):
            if until <= self.walk.now:
                self.walk.go_on(move)
            else:
                self.walk.park(move, until, zone=zone)

    def _spans(self, moves: Sequence[Move]) -> list[tuple[datetime, str]]:
        length = span(self.place.says["for"])
        return [(move.arrived_at + length, "") for move in moves]

    def _clocks(self, moves: Sequence[Move]) -> list[tuple[datetime, str]]:
        customers = [one.customer for one in moves]
        known = message_context.load(customers, self.walk.now)
        zones = dict(
            Customer.objects.filter(pk__in=customers).values_list("pk", "time_zone")
        )
        days = self._days(customers)
        return [
            (
                self._until(
                    move.arrived_at,
                    known[move.customer].person.zone,
                    str(known[move.customer].traits.get("active_slot") or ""),
                    days.get(move.customer),
                ),
                zones[move.customer],
            )
            for move in moves
        ]

    def _until(
        self, start: datetime, zone: ZoneInfo, slot: str, day: date | None
    ) -> datetime:
        says = self.place.says
        at = time.fromisoformat(says["at"])
        if "date" in says:
            return instant(datetime.combine(date.fromisoformat(says["date"]), at), zone)
        if "date_of" in says:
            return _next_year_day(day, says["days_before"], at, start, zone)
        if says.get("best_hour"):
            usual = next_in_slot(slot, start, zone) if slot else None
            return usual or next_at(at, start, zone)
        return _on_weekday(says["weekday"], at, start, zone)

    def _days(self, customers: Sequence[int]) -> dict[int, date]:
        """Return the customers' own days, such as birthdays; who has none waits for
        nothing.
        """
        which = self.place.says.get("date_of")
        if which is None:
            return {}
        if which == "first_purchase":
            with connection.cursor() as cursor:
                cursor.execute(FIRST_PURCHASE, [list(customers)] * 2)
                return {pk: at.date() for pk, at in cursor.fetchall()}
        found = Customer.objects.filter(pk__in=customers).values_list("pk", which)
        return {
            pk: day.date() if isinstance(day, datetime) else day
            for pk, day in found
            if day
        }


class WaitUntil(Kind):
    """Until an event or a rule, at most so long; what is true already goes on at once."""

    def arrive(self, moves: Sequence[Move]) -> None:
        look: Callable[[Sequence[Move]], set[int]] = (
            self._fitting if self.place.says["if"] else self._told
        )
        true, most = look(moves), span(self.place.says["at_most"])
        for move in moves:
            until = move.arrived_at + most
            if move.enrolment in true:
                self.walk.go_on(move, HAPPENED)
            elif until <= self.walk.now:
                self.walk.go_on(move, IN_VAIN)
            elif self.place.says["if"]:
                self.walk.park(move, min(until, self.walk.now + LOOK_AGAIN))
            else:
                self.walk.park(move, until, asked=self._asked(move))

    def _told(self, moves: Sequence[Move]) -> set[int]:
        return set(event_waits.happened([self._asked(one) for one in moves]))

    def _asked(self, move: Move) -> Asked:
        says = self.place.says
        until = move.arrived_at + span(says["at_most"])
        since = move.entered_at if says["since"] == "entry" else move.arrived_at
        return Asked(move, says["event"], since, until, says["same"])

    def _fitting(self, moves: Sequence[Move]) -> set[int]:
        customers = sorted({one.customer for one in moves})
        fits = segments.fitting(self.place.says["if"], customers, self.walk.now)
        found = set(fits.tolist())
        return {one.enrolment for one in moves if one.customer in found}


def _on_weekday(
    wanted: Sequence[str], at: time, start: datetime, zone: ZoneInfo
) -> datetime:
    days = {WEEKDAYS.index(one) for one in wanted}
    found = next_at(at, start, zone)
    while days and found.astimezone(zone).weekday() not in days:
        found = next_at(at, found + timedelta(minutes=1), zone)
    return found


def _next_year_day(
    day: date | None, days_before: int, at: time, start: datetime, zone: ZoneInfo
) -> datetime:
    """Return when a day comes round next; 29 February comes on 1 March in other years."""
    if day is None:
        return start
    year = start.astimezone(zone).year
    for one in (year, year + 1, year + 2):
        try:
            on = day.replace(year=one)
        except ValueError:
            on = date(one, 3, 1)
        found = instant(datetime.combine(on - timedelta(days_before), at), zone)
        if found >= start:
            return found
    return start
