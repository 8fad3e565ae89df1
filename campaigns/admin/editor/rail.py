"""The rail beside a draft: what it would come to if it were sent now, and what speaks
against it.

It is the launch's own look ahead, taken of the draft. Of a large audience a part is
looked at, and the numbers are about so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from numpy.typing import NDArray

from campaigns.admin.editor import drawn
from campaigns.admin.editor.problem_words import with_its_field
from campaigns.admin.editor.sections import sections
from campaigns.admin.reports.effects import detectable
from campaigns.content.model import CONTROL, Content, shares
from campaigns.content.parse import read
from campaigns.delivery.channels.line import ProviderAway
from campaigns.lifecycle.draft_problems import Looked, look
from campaigns.models import CampaignVersion, Draft
from campaigns.planning.launch_warnings import Outlook, outlook
from campaigns.proof.power_planning import Foresight, foresee
from profiles import history, segments
from retention_site.lib import registry
from retention_site.lib.admin.words import count
from retention_site.lib.admin.words import said as words_of
from retention_site.lib.clock import now

# customers decided about while somebody types: more take longer than a second
MOST_DECIDED = 5_000
MOST_FORESEEN = 5_000  # customers whose past says what an effect must be to be seen
LATELY = timedelta(days=28)
PLACEHOLDER = "rapport.example"  # the sender of a shop that has not named its own
STARTED = """
    SELECT count(*) FROM (SELECT DISTINCT customer, happened_at::date FROM events
        WHERE type IN ({marks}) AND happened_at >= ?)
"""


@dataclass(frozen=True)
class Objection:
    """One thing that speaks against it; ``place`` is the field that it is about."""

    words: str
    place: str = ""
    is_blocking: bool = False


@dataclass(frozen=True)
class Rail:
    n_problems: int
    said: tuple[Objection, ...]
    outlook: Outlook | None = None
    smallest: Any = None  # the smallest effect on the first metric
    readable_on: datetime | None = None
    a_day: int | None = None  # customers whom a trigger would start for

    @property
    def is_about(self) -> bool:
        return self.outlook is not None and self.outlook.is_scaled

    @property
    def n_left_alone(self) -> int:
        found = self.outlook
        return found.n_control + found.n_held_out if found else 0


def rail_of(draft: Draft) -> Rail:
    """Look ahead at a draft as it stands; what can't be read is said, the rest counts."""
    looked = look(draft.content, draft.campaign)
    labels = drawn.labels(sections(draft.content))
    said = [
        Objection(with_its_field(one, labels), one.place, is_blocking=True)
        for one in looked.problems
    ]
    content = _content(looked)
    if content is None:
        return Rail(len(said), tuple(said))
    said += _senders(content)
    moment = now()
    if content.segment is None:
        return Rail(
            len(looked.problems),
            tuple(said),
            a_day=_a_day(content, moment),
            readable_on=_readable(content, moment),
        )
    if _is_named(draft.content):
        return _ahead(draft, looked, content, said, moment)
    return Rail(len(looked.problems), tuple(said))


def _ahead(
    draft: Draft,
    looked: Looked,
    content: Content,
    said: list[Objection],
    moment: datetime,
) -> Rail:
    version = CampaignVersion(
        campaign=draft.campaign,
        content=looked.content,
        salt=_salt(draft, content),
    )
    assert content.segment is not None  # noqa: S101  the caller asked
    history.refresh()
    meant = segments.members(content.segment.rule, moment)
    audience = meant.tolist()
    seen = outlook(version, moment, most=MOST_DECIDED, audience=audience)
    said += [Objection(one.words, is_blocking=False) for one in seen.warnings]
    return Rail(
        len(looked.problems),
        tuple(said),
        outlook=seen,
        smallest=_smallest(content, meant, moment),
        readable_on=_readable(content, moment),
    )


def _content(looked: Looked) -> Content | None:
    return read(looked.content) if looked.content else None


def _is_named(document: Mapping[str, Any]) -> bool:
    """A draft that says nobody yet means nobody, not everybody."""
    return document.get("segment") not in (None, "", {})


def _salt(draft: Draft, content: Content) -> str:
    newest = draft.campaign.versions.order_by("-number").first()
    return newest.salt if newest else content.salt or draft.salt


def _readable(content: Content, moment: datetime) -> datetime | None:
    """When everybody's window is over, if it started when it says."""
    if not content.holdout:
        return None
    starts = moment
    if content.schedule:
        starts = datetime.fromisoformat(content.schedule.starts)
        starts = max(starts.replace(tzinfo=moment.tzinfo), moment)
    return starts + timedelta(days=content.goal.window_days)


def _smallest(content: Content, meant: NDArray[np.int64], moment: datetime) -> Any:
    """Return the smallest effect that the whole audience would show, from a part of it."""
    is_fresh = history.freshness().refreshed_at is not None
    if not content.holdout or not len(meant) or not is_fresh:
        return None
    step = -(-len(meant) // MOST_FORESEEN) or 1
    part = meant[::step]
    share = len(part) / max(len(meant), 1)
    found = foresee(
        part,
        _to_smallest_arm(content),
        content.goal.metrics[:1],
        days=content.goal.window_days,
        as_of=moment,
    )
    if not found:
        return None
    return detectable(_scaled(found[0], sqrt(share)))


def _scaled(seen: Foresight, by: float) -> Foresight:
    """A part of the audience shows less than all of it, by the root of its share."""
    with_past = seen.smallest_with_past
    return replace(
        seen,
        smallest=seen.smallest * by if seen.smallest is not None else None,
        smallest_with_past=with_past * by if with_past is not None else None,
    )


def _to_smallest_arm(content: Content) -> dict[str, float]:
    """The arm with the fewest customers shows the least."""
    split = shares(content)
    arm = min((one for one in split if one != CONTROL), key=lambda one: split[one])
    return {CONTROL: split[CONTROL], arm: split[arm]}


def _senders(content: Content) -> list[Objection]:
    """Channels that have nobody to send by: with a sink of our own nothing is lost."""
    used = {channel for arm in content.arms for channel in content.channels_of(arm)}
    found = []
    for channel in sorted(used):
        if channel == "email" and PLACEHOLDER in settings.FROM_EMAIL:
            found.append(
                Objection(_("No sender address is set for e-mail."), "channels")
            )
        elif channel in registry.keys("channels") and not _is_set_up(channel):
            words = _("No provider is set up for %(channel)s.") % {
                "channel": words_of(channel)
            }
            found.append(Objection(words, "channels"))
    return found


def _is_set_up(channel: str) -> bool:
    try:
        return bool(registry.load("channels", channel)().provider)
    except ProviderAway:
        return False


def _a_day(content: Content, moment: datetime) -> int | None:
    """How many customers a day did lately what starts it."""
    plan = content.trigger
    if plan is None or plan.kind != "event" or history.freshness().refreshed_at is None:
        return None
    found = history.tables(moment)
    try:
        marks = ", ".join("?" for _each in plan.events)
        values = [*plan.events, moment - LATELY]
        rows = found.connection.execute(STARTED.format(marks=marks), values).fetchall()
    finally:
        found.connection.close()
    return round(int(rows[0][0]) / LATELY.days)


def held_words(rail: Rail) -> str:
    """Say who is held out and by what."""
    seen = rail.outlook
    if seen is None or not seen.n_held_out:
        return ""
    return ngettext(
        "%(n)s of them by the global holdout",
        "%(n)s of them by the global holdout",
        seen.n_held_out,
    ) % {"n": count(seen.n_held_out)}
