"""From one day to another: 1-31 December, 12月1日至31日. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.calendar import calendar_words as words
from campaigns.copy.fact_check.calendar.offer_days import Days
from campaigns.copy.fact_check.draft import Draft

# the first day of a span whose month stands behind its last: 1-31 December, 12月1日至31日
SPAN = re.compile(
    rf"(?<![\d.,$€£¥])\b(?P<d>[0-3]?\d)(?:st|nd|rd|th)?(?: ?- ?| ?to | ?and | ?until )"
    rf"(?=[0-3]?\d(?:st|nd|rd|th)? (?:of )?(?P<m>{words.MONTH})\b)"
    rf"|\b(?P<m2>{words.MONTH})\.? (?P<d2>[0-3]?\d)(?:st|nd|rd|th)?(?: ?- ?| to )(?=[0-3]?\d\b)"
    r"|(?P<m3>\d{1,2})月(?P<d3>\d{1,2})[日号]?(?:-|~|至|到)(?=\d{1,2}[日号])",
    re.I,
)


def check(draft: Draft, allowed: Days) -> None:
    """Settle the first day of a span; its last is read like any other day."""
    for found in draft.find(SPAN):
        key = next(one for one in ("", "2", "3") if found[f"d{one}"])
        month, day = words.number_of(found[f"m{key}"]), int(found[f"d{key}"])
        start = found.start(f"m{key}") if key else found.start()
        end = found.end(f"d{key}")
        if allowed.fit(month, day, None):
            draft.take(start, end)
        else:
            draft.flag("date", start, end, allowed.right)
