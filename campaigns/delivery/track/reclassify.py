"""Judge kept evidence anew: by today's signs, and by what only shows in hindsight. The
evidence itself stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from campaigns import customer_events
from campaigns.delivery.track import bot_detection
from campaigns.delivery.track.engagement import EVENTS
from campaigns.models import Touchpoint

JUDGED = (Touchpoint.Kind.OPEN, Touchpoint.Kind.CLICK)
AT_ONCE = 2_000  # messages of one transaction
MANY_LINKS = 3  # different links of one message …
IN_SECONDS = 5.0  # … within so little time: nobody reads so fast


@dataclass(frozen=True)
class Judged:
    """How many opens and clicks were looked at, and how many are seen otherwise now."""

    n: int
    now_human: int
    now_machine: int


def reclassify(since: datetime) -> Judged:
    """Judge opens and clicks since a moment; who turns out human becomes an event, as
    if it had been seen at once.

    What was told as an event is not taken back when a machine turns out to have done
    it: events are facts told. Reports of opens and clicks read the touchpoints.
    """
    touched = Touchpoint.objects.filter(kind__in=JUDGED, at__gte=since)
    messages = list(
        touched.order_by("message_id").values_list("message_id", flat=True).distinct()
    )
    done = [
        _some(messages[start : start + AT_ONCE])
        for start in range(0, len(messages), AT_ONCE)
    ]
    return Judged(
        sum(one.n for one in done),
        sum(one.now_human for one in done),
        sum(one.now_machine for one in done),
    )


@transaction.atomic
def _some(messages: list[int]) -> Judged:
    touches = list(
        Touchpoint.objects.filter(kind__in=JUDGED, message__in=messages)
        .select_related("message__campaign")
        .select_for_update(of=("self",))
        .order_by("at", "pk")
    )
    swept = swept_through(touches)
    changed = [one for one in touches if _judge(one, is_swept=one.pk in swept)]
    Touchpoint.objects.bulk_update(changed, ["is_machine", "evidence"], batch_size=1000)
    human = [one for one in changed if not one.is_machine]
    for touch in human:
        _tell(touch)
    return Judged(len(touches), len(human), len(changed) - len(human))


def swept_through(touches: Iterable[Touchpoint]) -> set[int]:
    """Return clicks on many links of one message in a moment: a scanner follows them
    all, a person one.
    """
    by_message: dict[int, list[Touchpoint]] = defaultdict(list)
    for one in touches:
        if one.kind == Touchpoint.Kind.CLICK:
            by_message[one.message_id].append(one)
    found: set[int] = set()
    for clicks in by_message.values():
        for place, first in enumerate(clicks):
            near = [
                one
                for one in clicks[place:]
                if one.at - first.at <= timedelta(seconds=IN_SECONDS)
            ]
            if len({one.url for one in near}) >= MANY_LINKS:
                found |= {one.pk for one in near}
    return found


def _judge(touch: Touchpoint, *, is_swept: bool) -> bool:
    """Weigh one touch again; return whether it is seen otherwise now. Evidence that was
    forgotten judges nobody.
    """
    if not touch.evidence:
        return False
    signs = bot_detection.signs_again(touch.evidence)
    if is_swept:
        signs = (*signs, bot_detection.SWEPT)
    before = touch.is_machine
    touch.is_machine = bool(signs)
    touch.evidence = {**touch.evidence, "signs": list(signs)}
    return touch.is_machine != before


def _tell(touch: Touchpoint) -> None:
    is_open = touch.kind == Touchpoint.Kind.OPEN
    event_id = (
        f"message_opened:{touch.message_id}" if is_open else f"touchpoint:{touch.pk}"
    )
    extra = {"url": touch.url} if touch.url else {}
    customer_events.record(
        touch.message,
        EVENTS[Touchpoint.Kind(touch.kind)],
        touch.at,
        event_id=event_id,
        **extra,
    )
