"""What of a replay's messages would have left, when and by which channel: consents,
quiet hours, the hour of sending and the contact limits, customer by customer.

Of many customers some are looked at closely and counted for all.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from campaigns.content import contact_windows, shop_rules
from campaigns.content.journey_graph import Graph
from campaigns.content.model import Content
from campaigns.content.shop_rules import ShopQuiet
from campaigns.content.value_policies import policy_of
from campaigns.delivery.limits import caps
from campaigns.delivery.limits.quiet_hours import quiet_until
from campaigns.journey_rehearsal.arms import HELD
from campaigns.journey_rehearsal.past import Past
from campaigns.models import Campaign, Message
from campaigns.planning import message_context
from campaigns.planning.audiences import candidates
from campaigns.planning.decide import Decision, Policy, decide
from campaigns.planning.message_context import Known
from campaigns.planning.send_time import not_before
from retention_site.lib.clock import shop_zone

MOST_CLOSE = 50_000  # customers that are looked at closely
AT_ONCE = 10_000
TOO_LATE = "too late to be of use"
SHOPS_LIMIT = "the shop's limit is reached"
HELD_VISITS = """
    SELECT arm, count(*) FROM step{number} AS step JOIN runs USING (run) JOIN drawn USING (customer)
    WHERE arm <> 0 GROUP BY arm
"""
VISITS = """
    SELECT runs.customer, runs.run, {number} AS place, step.arrived FROM step{number} AS step
    JOIN runs USING (run) JOIN drawn USING (customer) WHERE arm = 0
"""
CLOSE = "SELECT customer FROM (SELECT DISTINCT customer FROM wished) AS whose ORDER BY hash(customer) LIMIT {most}"


class Wished(NamedTuple):
    """A message that a run comes to."""

    customer: int
    run: int
    place: int
    at: datetime


class Verdict(NamedTuple):
    """What became of a message; without a reason against it, it leaves."""

    reason: str
    channel: str
    leaves: datetime


@dataclass
class Planned:
    """What came of the messages, counted for all customers."""

    scale: float = 1.0
    steps: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    days: Counter[tuple[date, str]] = field(default_factory=Counter)
    offers: Counter[tuple[int, Decimal]] = field(default_factory=Counter)

    def scaled(self, n: int) -> int:
        return round(self.scale * n)


def plan(
    past: Past,
    journey: Campaign,
    contents: Mapping[int, Content],
    graph: Graph,
    *,
    has_limits: bool = True,
) -> Planned:
    """Decide on every message that the treated come to. `contents` are the message
    steps' own, by place.
    """
    planned = Planned()
    if not contents:
        return planned
    past.keep("wished", " UNION ALL ".join(VISITS.format(number=n) for n in contents))
    close = _close(past, planned)
    found = past.run(
        "SELECT wished.* FROM wished SEMI JOIN close USING (customer) ORDER BY arrived, run"
    )
    wished = [Wished(*row) for row in found]
    gate = Gate(past, journey, contents, close, has_limits=has_limits)
    for one in wished:
        gate.pass_by(one, graph.places[one.place].key, planned)
    for number in contents:
        for arm, n in past.run(HELD_VISITS.format(number=number)):
            planned.steps[graph.places[number].key][HELD[arm]] += n / planned.scale
    past.drop("wished", "close")
    return planned


def _close(past: Past, planned: Planned) -> list[int]:
    past.keep("close", CLOSE.format(most=MOST_CLOSE))
    close = [customer for (customer,) in past.run("SELECT customer FROM close")]
    n_all, n_close = past.run(
        "SELECT count(*), count(*) FILTER (WHERE customer IN (SELECT customer FROM"
        " close)) FROM wished"
    )[0]
    if n_close < n_all:
        planned.scale = n_all / n_close
        past.admit(
            _(
                "Whether a message may leave was tried on {n:,} customers and scaled."
            ).format(n=len(close))
        )
    return close


class Gate:
    """What speaks for and against messages to some customers, in the order in which they
    come.
    """

    def __init__(
        self,
        past: Past,
        journey: Campaign,
        contents: Mapping[int, Content],
        customers: Sequence[int],
        *,
        has_limits: bool,
    ) -> None:
        self.contents, self.has_limits = contents, has_limits
        self.shop_quiet = shop_rules.quiet_hours()
        self.shop_limits = caps.of_the_shop() if has_limits else []
        self.known: dict[int, Known] = {}
        self.decisions: dict[tuple[int, int], Decision] = {}
        for start in range(0, len(customers), AT_ONCE):
            self._load(customers[start : start + AT_ONCE], past.ends)
        self.used: Counter[tuple[int, str, str]] = Counter()
        self.sent = _sent(past, journey, customers) if has_limits else {}
        self.policies = {
            number: policy_of(content.value_policy_of(content.arms[0]))
            for number, content in contents.items()
            if content.offer
        }

    def _load(self, customers: Sequence[int], at: datetime) -> None:
        self.known |= message_context.load(customers, at)
        for number, content in self.contents.items():
            policy = Policy(limits={}, needs_consent=content.is_marketing)
            channels = content.channels_of(content.arms[0])
            loaded, _ids = candidates.load(customers, replace(content, limits={}), at)
            for one in loaded:
                self.decisions[number, one.customer] = decide(
                    one, policy, channels=channels
                )

    def pass_by(self, one: Wished, step: str, planned: Planned) -> None:
        """Decide on one message and count it."""
        verdict = self.decide(one)
        planned.steps[step][verdict.reason or "send"] += 1
        if verdict.reason:
            return
        day = verdict.leaves.astimezone(shop_zone()).date()
        planned.days[day, verdict.channel] += 1
        if one.place in self.policies:
            worth = self.policies[one.place].worth(self.known[one.customer].traits)
            if worth.value > 0:
                planned.offers[one.place, worth.value] += 1

    def decide(self, one: Wished) -> Verdict:
        """Decide on one message, after all that came before it."""
        decision = self.decisions[one.place, one.customer]
        if not decision.is_send:
            return Verdict(decision.reason, "", one.at)
        content, zone = self.contents[one.place], self.known[one.customer].person.zone
        leaves = self._leaves(one, content, zone)
        leaves, why_not = self._after_quiet(leaves, content, decision.channel, zone)
        why_not = why_not or self._full(one.customer, leaves, content, decision, zone)
        return Verdict(why_not, decision.channel, leaves)

    def _leaves(self, one: Wished, content: Content, zone: ZoneInfo) -> datetime:
        return not_before(
            content.send_time,
            now=one.at,
            zone=zone,
            slot=str(self.known[one.customer].traits.get("active_slot") or ""),
            key=f"{one.run}:{one.place}",
        )

    def _after_quiet(
        self, leaves: datetime, content: Content, channel: str, zone: ZoneInfo
    ) -> tuple[datetime, str]:
        """Wait for the end of quiet hours; a message may be too late by then."""
        spans = list(_quiet(content, self.shop_quiet, channel))
        waited = leaves
        for start, end in spans * 2:  # the end of one may lie within the other
            waited = quiet_until(waited, zone, start, end) or waited
        late = (waited - leaves).total_seconds() / 3600 >= content.expires_after_hours
        return waited, TOO_LATE if late else ""

    def _full(
        self,
        customer: int,
        leaves: datetime,
        content: Content,
        decision: Decision,
        zone: ZoneInfo,
    ) -> str:
        """Take a place under each limit, or say which is full."""
        if not self.has_limits or not content.is_marketing:
            return ""
        self._count_sent(customer, leaves, zone)
        local = leaves.astimezone(zone)
        wanted = [
            (rule, contact_windows.span_of(contact_windows.RULES[rule], local), most)
            for rule, most in content.limits.items()
        ]
        shop = [
            (
                one.rule,
                contact_windows.span_of(one.limit.window, local),
                one.most(content.priority),
            )
            for one in self.shop_limits
            if one.limit.campaign_class in ("", content.campaign_class)
            and one.limit.channel in ("", decision.channel)
        ]
        for rule, span, most in (*wanted, *shop):
            if self.used[customer, rule, span] >= most:
                return contact_windows.REACHED.get(rule, SHOPS_LIMIT)
        for rule, span, _most in (*wanted, *shop):
            self.used[customer, rule, span] += 1
        # limits of other steps count this message, too
        for rule, kind in contact_windows.RULES.items():
            if rule not in content.limits:
                self.used[customer, rule, contact_windows.span_of(kind, local)] += 1
        return ""

    def _count_sent(self, customer: int, until: datetime, zone: ZoneInfo) -> None:
        """Count what other campaigns sent her by then."""
        waiting = self.sent.get(customer, [])
        while waiting and waiting[0][0] <= until:
            at, channel = waiting.pop(0)
            local = at.astimezone(zone)
            for rule, kind in contact_windows.RULES.items():
                self.used[customer, rule, contact_windows.span_of(kind, local)] += 1
            for one in self.shop_limits:
                if not one.limit.campaign_class and one.limit.channel in ("", channel):
                    span = contact_windows.span_of(one.limit.window, local)
                    self.used[customer, one.rule, span] += 1


def _quiet(
    content: Content, shop: ShopQuiet | None, channel: str
) -> Iterator[tuple[time, time]]:
    own = content.quiet_hours
    if own and (not own.channels or channel in own.channels):
        yield time.fromisoformat(own.start), time.fromisoformat(own.end)
    if shop and content.is_marketing and shop.holds_on(channel):
        yield shop.start, shop.end


def _sent(
    past: Past, journey: Campaign, customers: Sequence[int]
) -> dict[int, list[tuple[datetime, str]]]:
    """Return what other campaigns sent to customers within the span, in order."""
    rows = (
        Message.objects.filter(
            customer__in=customers,
            state__in=Message.REACHED,
            sent_at__range=(past.starts, past.ends),
        )
        .exclude(campaign__kind="transactional")
        .exclude(campaign=journey)
        .exclude(campaign__part_of=journey)
    )
    found: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for customer, at, channel in rows.order_by("sent_at").values_list(
        "customer_id", "sent_at", "channel"
    ):
        if at is not None:
            found[customer].append((at, channel))
    return found
