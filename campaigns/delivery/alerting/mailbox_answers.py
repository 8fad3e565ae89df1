"""What each large mailbox provider answers, week by week: taken, deferred, blocked,
bounced, complained. Read from the newest attempts, so that the page opens at any size.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from campaigns.delivery import sql
from retention_site.lib.clock import real_now

NEWEST = 50_000  # attempts
WEEKS = 8
GROUPS = {
    "Gmail": ("gmail.com", "googlemail.com"),
    "Outlook": ("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk"),
    "Yahoo": ("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "aol.com"),
    "Apple": ("icloud.com", "me.com", "mac.com"),
    "QQ": ("qq.com", "foxmail.com"),
    "163": ("163.com", "126.com", "yeah.net"),
}
# national twins of the large ones, such as yahoo.co.jp and outlook.de
TWINS = {"Outlook": ("outlook.", "hotmail.", "live."), "Yahoo": ("yahoo.",)}
OTHER = ""
ANSWERS = """
    SELECT split_part(lower(customer.email), '@', 2), date_trunc('week', heard.at AT TIME ZONE 'UTC')::date,
        heard.answer, count(*)
    FROM (
        SELECT message_id, started_at AS at, state AS answer FROM campaigns_attempt
        WHERE id > (SELECT coalesce(max(id), 0) FROM campaigns_attempt) - %(newest)s
            AND channel = 'email' AND started_at > %(since)s AND state IN ('accepted', 'deferred', 'refused')
        UNION ALL
        SELECT message_id, heard_at, kind FROM campaigns_touchpoint
        WHERE kind IN ('bounce', 'complaint') AND heard_at > %(since)s
    ) AS heard
    JOIN campaigns_message message ON message.id = heard.message_id AND message.channel = 'email'
    JOIN profiles_customer own ON own.id = message.customer_id
    JOIN profiles_customer customer ON customer.id = coalesce(own.merged_into_id, own.id)
    GROUP BY 1, 2, 3
"""


@dataclass
class Week:
    """What one provider answered in one week, from Monday."""

    begins: date
    accepted: int = 0
    deferred: int = 0
    refused: int = 0
    bounce: int = 0
    complaint: int = 0

    @property
    def n(self) -> int:
        return self.accepted + self.deferred + self.refused


@dataclass
class Mailbox:
    """One provider: its weeks, and all of them together."""

    name: str  # empty: all others
    weeks: list[Week] = field(default_factory=list)
    whole: Week = field(default_factory=lambda: Week(date.min))


def group_of(domain: str) -> str:
    """Return the provider of a recipient's domain; empty for all others."""
    for name, domains in GROUPS.items():
        if domain in domains or domain.startswith(TWINS.get(name, ("@",))):
            return name
    return OTHER


def answers() -> list[Mailbox]:
    """Return the providers that were written to, the one with most mail first."""
    since = real_now() - timedelta(weeks=WEEKS)
    found: dict[str, dict[date, Week]] = defaultdict(dict)
    for domain, begins, answer, n in sql.rows(
        ANSWERS, {"newest": NEWEST, "since": since}
    ):
        week = found[group_of(domain)].setdefault(begins, Week(begins))
        setattr(week, answer, getattr(week, answer) + n)
    boxes = [_mailbox(name, weeks) for name, weeks in found.items()]
    return sorted(boxes, key=lambda one: (not one.name, -one.whole.n))


def _mailbox(name: str, weeks: dict[date, Week]) -> Mailbox:
    box = Mailbox(name, [weeks[one] for one in sorted(weeks)])
    for week in box.weeks:
        for answer in ("accepted", "deferred", "refused", "bounce", "complaint"):
            setattr(
                box.whole, answer, getattr(box.whole, answer) + getattr(week, answer)
            )
    return box
