"""The days that a text may name. Pure."""

from __future__ import annotations

import re
from datetime import date

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

UNTIL = re.compile(
    r"(?:\b(?:until|till?|by|before|through|thru|ends?|ending|expires?|expiring|closes?|valid"
    r"|good|last day(?: is)?|deadline|no later than)(?: on| up to| at the end of| the end of)?"
    r"|截止到?|截至|有效期至|止于|到期日?|用到|至)\W{0,4}$",
    re.I,
)
UNTIL_AFTER = re.compile(
    r"\W{0,2}(?:之?前|截止|结束|为止|到期|失效|止|恢复原价|is the last|is your last)",
    re.I,
)
FROM = re.compile(
    r"(?:\b(?:from|starts?|starting|since|begins?)(?: on)?|自|从)\W{0,4}$", re.I
)


class Days:
    """The days that a text may name, and what would be right in place of another."""

    def __init__(self, facts: Facts) -> None:
        offer = facts.offer
        self.now = facts.now.date() if facts.now else None
        self.ends = offer.ends
        self.starts = offer.starts
        self.last = {offer.ends.day, offer.ends.last_day} if offer.ends else set()
        self.all = self.last | ({offer.starts.day} if offer.starts else set())
        self.all |= {self.now} if self.now else set()
        self.right = offer.ends.day.isoformat() if offer.ends else ""
        self.near = self.now or (offer.ends.day if offer.ends else None)

    def meant(self, draft: Draft, start: int, end: int) -> set[date]:
        """Return the days that may stand here: after "until" only the last one."""
        before, after = draft.before(start), draft.left[end : end + 12]
        if UNTIL.search(before) or UNTIL_AFTER.match(after):
            return self.last
        return self.all - self.last if FROM.search(before) and self.starts else self.all

    def fit(self, month: int, day: int, year: int | None) -> set[date]:
        return {
            one
            for one in self.all
            if (one.month, one.day) == (month, day) and year in (None, one.year)
        }
