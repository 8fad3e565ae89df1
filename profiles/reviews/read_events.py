"""Read the reviews of the shop that nobody has read yet, lot by lot."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from profiles.models import Event, Job, ReviewOpinion, ReviewReading

from .reading.reader import VERSION, Opinion, read

REVIEW = "review"
LOT = 1_000
LATE = timedelta(days=1)  # what a transaction may take to commit
SHORTEST_COPY = 20  # characters: "very good" is said by many
LOCK = 0x726576696577  # "review"


def read_new(
    progress: Callable[[float], None] = lambda share: None,
    since: datetime | None = None,
) -> dict[str, int]:
    """Read what has no reading of this version and return how many; each lot is stored
    for itself, so that a stop loses nothing.

    With ``since`` only what was learned from then on is looked through.
    """
    n_forgotten = forget_gone()
    unread = unread_events(since)
    n_reviews = n_opinions = 0
    for lot in _lots(unread):
        reviews, opinions = _read_lot(lot)
        n_reviews += reviews
        n_opinions += opinions
        progress(min(0.99, n_reviews / max(1, len(unread))))
    return {"read": n_reviews, "opinions": n_opinions, "forgotten": n_forgotten}


def unread_events(since: datetime | None = None) -> list[int]:
    """Return the events of reviews that this version has not read."""
    known = ReviewReading.objects.filter(event_id=OuterRef("pk"), version=VERSION)
    found = Event.objects.filter(~Exists(known), type=REVIEW, text__gt="")
    if since is not None:
        found = found.filter(received_at__gte=since)
    return list(found.order_by("pk").values_list("pk", flat=True))


def looked_until() -> datetime | None:
    """Return from when on there may be something unread: a day before the last job that
    read everything with these words; None where there was none.
    """
    last = (
        Job.objects.filter(
            kind="reviews", state=Job.State.DONE, result__version=VERSION
        )
        .order_by("-created_at")
        .first()
    )
    return last.created_at - LATE if last else None


def forget_gone() -> int:
    """Drop readings whose event is no longer kept."""
    there = Event.objects.filter(pk=OuterRef("event_id"))
    gone = ReviewReading.objects.filter(~Exists(there))
    return gone.delete()[1].get("profiles.ReviewReading", 0)


def _lots(events: Sequence[int]) -> Iterator[list[int]]:
    left = iter(events)
    while lot := list(islice(left, LOT)):
        yield lot


@transaction.atomic
def _read_lot(events: list[int]) -> tuple[int, int]:
    """Store what one lot says; another version's reading of it goes, and what somebody
    else has read meanwhile is left.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    known = ReviewReading.objects.filter(event_id=OuterRef("pk"), version=VERSION)
    found = list(
        Event.objects.filter(~Exists(known), pk__in=events)
        .order_by("pk")
        .only("pk", "customer_id", "item_id", "at", "text")
    )
    ReviewReading.objects.filter(event_id__in=[one.pk for one in found]).delete()
    readings = _readings(found)
    stored = ReviewReading.objects.bulk_create(readings)
    opinions = [
        _opinion(reading, said)
        for event, reading in zip(found, stored, strict=True)
        if not reading.is_copy
        for said in read(event.text or "")
    ]
    ReviewOpinion.objects.bulk_create(opinions, batch_size=2_000)
    return len(stored), len(opinions)


def _readings(events: Sequence[Event]) -> list[ReviewReading]:
    """Return readings without opinions; of texts that say the same only one is none's
    copy.
    """
    digests = [_digest(event.text or "") for event in events]
    known = set(
        ReviewReading.objects.filter(digest__in=digests).values_list(
            "digest", flat=True
        )
    )
    made = []
    for event, digest in zip(events, digests, strict=True):
        is_long = len((event.text or "").strip()) >= SHORTEST_COPY
        made.append(
            ReviewReading(
                event_id=event.pk,
                customer_id=event.customer_id,
                item_id=event.item_id or "",
                at=event.at,
                digest=digest,
                is_copy=is_long and digest in known,
                version=VERSION,
            )
        )
        known.add(digest)
    return made


def _digest(text: str) -> UUID:
    plain = " ".join(text.lower().split())
    return UUID(bytes=hashlib.sha256(plain.encode()).digest()[:16])


def _opinion(reading: ReviewReading, said: Opinion) -> ReviewOpinion:
    return ReviewOpinion(
        reading=reading,
        customer_id=reading.customer_id,
        item_id=reading.item_id,
        at=reading.at,
        aspect=said.aspect,
        sentiment=str(said.sentiment),
        start=said.start,
        stop=said.end,
        score=said.score,
    )
