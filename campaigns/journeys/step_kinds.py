"""What each kind of step does with those who come to it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from campaigns.journeys.tokens import Move
from campaigns.journeys.waits import Wait, WaitUntil
from campaigns.journeys.walk import Kind
from campaigns.planning import message_context, message_planner
from campaigns.stats.allocation.assignment import assign
from profiles import segments
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
TOO_LATE = "too late"
FEW = 50  # so many at most go before a bulk send; more would stand in its way
SET_TRAITS = """
    UPDATE profiles_customer SET traits = traits || %(said)s::jsonb, updated_at = now()
    WHERE id = ANY(%(customers)s) AND NOT traits @> %(said)s::jsonb
"""


class Split(Kind):
    """By a rule, as of this moment."""

    def arrive(self, moves: Sequence[Move]) -> None:
        customers = sorted({one.customer for one in moves})
        fits = set(
            segments.fitting(self.place.says["if"], customers, self.walk.now).tolist()
        )
        for move in moves:
            self.walk.go_on(move, "yes" if move.customer in fits else "no")


class Test(Kind):
    """By chance, the same for a customer in every version: the visit is the exposure."""

    def arrive(self, moves: Sequence[Move]) -> None:
        arms = self.place.says["arms"]
        drawn = assign(
            [one.external_id for one in moves],
            salt=f"{self.walk.journey.version.salt}:{self.place.key}",
            shares=[one["weight"] for one in arms],
        )
        for move, arm in zip(moves, drawn.arms.tolist(), strict=True):
            self.walk.go_on(move, arms[arm]["name"])


class Message(Kind):
    """Plan a message through the same gates as a campaign's; who is held gets a held
    row.
    """

    def arrive(self, moves: Sequence[Move]) -> None:
        late = self._late(moves)
        rest = [one for one in moves if one.enrolment not in late]
        while rest:  # one customer with two carts gets one message after the other
            first = {one.customer: one for one in reversed(rest)}
            self._plan(first)
            rest = [one for one in rest if first[one.customer] is not one]
        for move in moves:
            self.walk.go_on(move, TOO_LATE if move.enrolment in late else "done")

    def _late(self, moves: Sequence[Move]) -> set[int]:
        """Whoever should have had it so long ago that it would be of no use: nobody
        moved for days.
        """
        content = self.walk.journey.messages[self.place.number].content
        useful = timedelta(hours=content.expires_after_hours)
        return {one.enrolment for one in moves if one.wake_at < self.walk.now - useful}

    def _plan(self, first: dict[int, Move]) -> None:
        step = self.walk.journey.messages[self.place.number]
        about = {pk: message_context.item_ids(one.data) for pk, one in first.items()}
        items = message_context.items(one for each in about.values() for one in each)
        firing = message_planner.Firing(
            run=step.run,
            content=step.content,
            salt=step.salt,
            now=self.walk.now,
            key_of=lambda customer: message_key(first[customer]),
            lane="triggered" if len(first) < FEW else "bulk",
            data_of=lambda customer: first[customer].data,
            items_of=lambda customer: [
                items[one] for one in about[customer] if one in items
            ],
            is_control=lambda customer: first[customer].is_held,
        )
        message_planner.plan(firing, sorted(first))
        wake(SEND, firing.lane)


class Set(Kind):
    """Note traits of the customer; held customers' too: they see no difference."""

    def arrive(self, moves: Sequence[Move]) -> None:
        customers = sorted({one.customer for one in moves})
        values: dict[str, Any] = {
            "said": json.dumps(self.place.says),
            "customers": customers,
        }
        with connection.cursor() as cursor:
            cursor.execute(SET_TRAITS, values)
        for move in moves:
            self.walk.go_on(move)


class GoesOn(Kind):
    """A step that only leads elsewhere."""

    def arrive(self, moves: Sequence[Move]) -> None:
        for move in moves:
            self.walk.go_on(move)


def message_key(move: Move) -> str:
    """Name the message of one visit: it is written once, whatever happens to the
    worker.
    """
    return f"journey:{move.enrolment}:{move.visit}"


KINDS: dict[str, type[Kind]] = {
    "wait": Wait,
    "wait_until": WaitUntil,
    "split": Split,
    "test": Test,
    "message": Message,
    "set": Set,
    "go_to": GoesOn,
    "end": GoesOn,
}
