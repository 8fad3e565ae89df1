"""Consents of joined customers: the stricter of both sides holds from the merge on,
until the person speaks again.

What a merge decides is written into the ledger with the merge as its source, so that
every reader sees it; it follows from the customers' own statements and the standing
merges alone, and is written anew when one is taken back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from profiles.consents.consent_ledger import Statement, record
from profiles.consents.consent_state import (
    ConsentStatement,
    Key,
    is_laxer,
    state_of,
    strictest,
)
from profiles.models import Consent, Merge

JOINED = "joined customers "  # how the sources of such statements begin


@dataclass(frozen=True, slots=True)
class Decided:
    """What one merge says about one channel and topic."""

    customer: int
    key: Key
    status: str
    merge: int


def settle(
    members: Iterable[int],
    merges: Sequence[Merge],
    stands_for: Callable[[set[int]], int],
) -> None:
    """Bring into the ledger of one family what its standing merges decide, and take out
    what none decides.
    """
    rows = list(Consent.objects.filter(customer__in=list(members)))
    there = {_decided(row): row for row in rows if row.source.startswith(JOINED)}
    own = [row for row in rows if not row.source.startswith(JOINED)]
    wanted = decide(sorted(merges, key=lambda merge: merge.pk), own, stands_for)
    Consent.objects.filter(
        pk__in=[row.pk for decided, row in there.items() if decided not in wanted]
    ).delete()
    by_pk = {merge.pk: merge for merge in merges}
    Consent.objects.bulk_create(
        [
            Consent(
                customer_id=one.customer,
                channel=one.key[0],
                topic=one.key[1],
                status=one.status,
                at=by_pk[one.merge].at,
                received_at=by_pk[one.merge].created_at,
                source=f"{JOINED}{one.merge}",
            )
            for one in wanted
            if one not in there
        ],
        ignore_conflicts=True,
    )


def decide(
    merges: Sequence[Merge],
    own: Sequence[Consent],
    stands_for: Callable[[set[int]], int],
) -> set[Decided]:
    """Return what merges decide, one after the other: the stricter of what both sides
    had come to by then. Pure.

    ``own`` are the customers' own statements; ``stands_for`` names who of some
    customers stands for them all.
    """
    groups: dict[int, set[int]] = {}
    # customer → when learned, what
    decided: dict[int, list[tuple[datetime, ConsentStatement]]] = defaultdict(list)
    found: set[Decided] = set()
    for row in own:
        decided[row.customer_id].append(
            (
                row.received_at,
                ConsentStatement(row.channel, row.topic, row.status, row.at),
            )
        )
    for merge in merges:
        sides = [groups.get(pk, {pk}) for pk in (merge.customer_id, merge.other_id)]
        whole = sides[0] | sides[1]
        groups |= dict.fromkeys(whole, whole)
        head = stands_for(whole)
        stricter = _stricter(
            [_said(side, decided, merge.created_at) for side in sides], merge.at
        )
        # "" comes first in each channel: what is decided for all topics must not make
        # one of them laxer, so every topic is read with it.
        for key, status in sorted(stricter.items()):
            # Who reads the person's own rows and who reads the whole family's must find
            # the same.
            read_as = [
                state_of(_said(group, decided, merge.created_at), *key, merge.at)
                for group in ({head}, whole)
            ]
            if any(is_laxer(state, status) for state in read_as):
                found.add(Decided(head, key, status, merge.pk))
                decided[head].append(
                    (merge.created_at, ConsentStatement(*key, status, merge.at))
                )
    return found


def hand_on_withdrawals(
    merge: Merge, sides: Sequence[Sequence[int]], person_of: Callable[[int], int]
) -> None:
    """Let what one side withdrew while the merge stood hold for the other side too."""
    meanwhile = Consent.objects.filter(
        customer__in=[pk for side in sides for pk in side],
        status=Consent.Status.WITHDRAWN,
        received_at__gte=merge.created_at,
    ).exclude(source__startswith=JOINED)
    record(
        Statement(
            person_of(side[0]),
            one.channel,
            one.status,
            one.at,
            one.topic,
            source=one.source,
            wording=one.wording,
        )
        for one in meanwhile
        for side in sides
        if one.customer_id not in side
    )


def _said(
    customers: set[int],
    said: dict[int, list[tuple[datetime, ConsentStatement]]],
    until: datetime,
) -> list[ConsentStatement]:
    return [
        what for pk in customers for learned_at, what in said[pk] if learned_at <= until
    ]


def _stricter(
    sides: Sequence[Sequence[ConsentStatement]], moment: datetime
) -> dict[Key, str]:
    """Return the stricter of what holds on both sides, for every channel and topic of
    which either spoke: a no to all topics is one to each, whatever the other side said
    about it.
    """
    keys = {(one.channel, one.topic) for side in sides for one in side}
    found = {}
    for key in keys:
        states = [state_of(side, *key, moment) for side in sides]
        known = [state for state in states if state is not None]
        if known:
            found[key] = strictest(known)
    return found


def _decided(row: Consent) -> Decided:
    return Decided(
        row.customer_id,
        (row.channel, row.topic),
        row.status,
        int(row.source.removeprefix(JOINED)),
    )
