"""How a run stands: every customer of its audience counted once, by decision, state,
channel and arm.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from campaigns.models import Message
from campaigns.planning.decide import GLOBAL_HOLDOUT, OTHER_TEST

State = Message.State
TERMINAL_GOOD = (State.SENT, State.DELIVERED)


@dataclass(frozen=True)
class RunCounts:
    """Counts of one run or one campaign. ``n`` = sent-to + held = sum of states."""

    n: int
    n_send: int
    holds: list[tuple[str, int]]  # reason and number, largest first
    # state, its words, number; in the order of a message's life
    states: list[tuple[str, str, int]]
    channels: list[tuple[str, int, int]]  # channel, decided for it, reached by it
    # arm, or what stands above all arms; customers, reached
    arms: list[tuple[str, int, int]]
    # state, reason, number: what came of those to be sent that were not reached
    ends: list[tuple[str, str, int]]
    n_live: int

    @property
    def n_held(self) -> int:
        return self.n - self.n_send

    @property
    def n_reached(self) -> int:
        return sum(n for state, _words, n in self.states if state in Message.REACHED)

    @property
    def share_done(self) -> float:
        """How much of the sending is over, 0–1: who is held back was never to be sent
        anything.
        """
        return 1 - self.n_live / self.n_send if self.n_send else float(bool(self.n))


def newest_messages(n: int = 200_000) -> QuerySet[Message]:
    """The newest messages, by the order of their planning: what pages sum up that must
    open at any size.
    """
    last = Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return Message.objects.filter(pk__gt=last - n)


def standing(messages: QuerySet[Message]) -> RunCounts:
    """Count messages with one grouped query."""
    grouped = (
        messages.order_by()
        .values("state", "reason", "channel", "arm", "is_held_out")
        .annotate(n=Count("id"))
    )
    rows: list[dict[str, Any]] = [
        {**row, "group": _group(dict(row))} for row in grouped
    ]
    states = _sum(rows, "state")
    sends = [row for row in rows if row["state"] != State.HELD]
    return RunCounts(
        n=sum(states.values()),
        n_send=sum(row["n"] for row in sends),
        holds=_sum(
            [row for row in rows if row["state"] == State.HELD], "reason"
        ).most_common(),
        states=[
            (state.value, str(state.label), states[state.value])
            for state in State
            if states[state.value]
        ],
        channels=_reached_by(sends, "channel"),
        arms=_reached_by(rows, "group"),
        ends=_ends(sends),
        n_live=sum(states[state.value] for state in Message.LIVE),
    )


def _group(row: dict[str, Any]) -> str:
    """Return the arm of the campaign's comparison; who is in none of them is named by
    what drew them out of it.
    """
    return GLOBAL_HOLDOUT if row["is_held_out"] else row["arm"] or OTHER_TEST


def _sum(rows: list[dict[str, Any]], key: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row[key]] += row["n"]
    return counted


def _reached_by(rows: list[dict[str, Any]], key: str) -> list[tuple[str, int, int]]:
    reached = _sum([row for row in rows if row["state"] in Message.REACHED], key)
    return [(value, n, reached[value]) for value, n in sorted(_sum(rows, key).items())]


def _ends(sends: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    over = [row for row in sends if row["state"] not in (*Message.LIVE, *TERMINAL_GOOD)]
    ended: Counter[tuple[str, str]] = Counter()
    for row in over:
        ended[row["state"], row["reason"]] += row["n"]
    return [(state, reason, n) for (state, reason), n in ended.most_common()]
