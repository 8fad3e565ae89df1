"""Frequency caps that hold under concurrency: a slot is a row, and two rows can't be
the same slot.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.content import contact_windows
from campaigns.delivery import sql
from campaigns.delivery.gating.eligibility import Candidate
from campaigns.delivery.gating.send_rules import Rules
from campaigns.delivery.limits import contact_pace
from campaigns.models import CapSlot, ContactLimit

# begins the rule by which a run writes once to an address that several customers have
RUN = "run:"
WROTE_ALREADY = "this run writes to another customer of the same address"
TAKE = """
    INSERT INTO campaigns_capslot (customer_id, rule, "window", n, message_id)
    SELECT customer, rule, span, n, message FROM (
        SELECT DISTINCT ON (wanted.customer, wanted.rule, wanted.span)
            wanted.customer, wanted.rule, wanted.span, free.n, wanted.message
        FROM unnest(%(messages)s::bigint[], %(customers)s::bigint[], %(rules)s::text[], %(spans)s::text[],
            %(most)s::int[]) AS wanted (message, customer, rule, span, most)
        CROSS JOIN LATERAL (
            SELECT place.n FROM generate_series(1, wanted.most) AS place (n)
            WHERE NOT EXISTS (
                SELECT FROM campaigns_capslot slot WHERE slot.customer_id = wanted.customer
                    AND slot.rule = wanted.rule AND slot."window" = wanted.span AND slot.n = place.n
            )
            ORDER BY place.n LIMIT 1
        ) AS free
        ORDER BY wanted.customer, wanted.rule, wanted.span, wanted.message
    ) AS taken
    ORDER BY customer, rule, span, n
    ON CONFLICT DO NOTHING RETURNING message_id, rule
"""  # one order for all workers: two of them can't wait for each other


@dataclass(frozen=True, slots=True)
class Wish:
    """One message that wants a place under one cap."""

    message: int
    customer: int
    rule: str
    span: str
    most: int


@dataclass(frozen=True, slots=True)
class ShopLimit:
    """One of the shop's own limits, over all campaigns of a class and all channels or
    one.
    """

    rule: str
    limit: ContactLimit

    def counts(self, rules: Rules, channel: str) -> bool:
        """Whether it counts a message; transactional ones are never counted."""
        is_class = self.limit.campaign_class in ("", rules.campaign_class)
        return rules.is_marketing and is_class and self.limit.channel in ("", channel)

    def most(self, priority: int) -> int:
        """How many there may be: what is kept free is for campaigns that matter more."""
        kept_free = 0 if priority <= self.limit.reserved_to else self.limit.reserved
        return self.limit.most - kept_free


def of_the_shop() -> list[ShopLimit]:
    """Return the shop's limits as they are now."""
    return [
        ShopLimit(f"limit:{one.pk}", one) for one in ContactLimit.objects.order_by("pk")
    ]


def wishes(
    one: Candidate,
    limits: Sequence[ShopLimit],
    now: datetime,
    slower: Collection[int] = (),
) -> list[Wish]:
    """Return what a message needs, by its campaign and by the shop; windows follow the
    customer's own calendar. Marketing to ``slower`` customers has half of each limit.
    """
    local, message = now.astimezone(one.zone), one.message
    own = [(rule, contact_windows.RULES[rule], most) for rule, most in one.rules.caps]
    shop = [
        (each.rule, each.limit.window, each.most(message.priority))
        for each in limits
        if each.counts(one.rules, message.channel)
    ]
    asked = own + shop
    if one.rules.is_marketing and one.customer.pk in slower:
        asked = contact_pace.slowed(asked)
    limited = [
        Wish(
            message.pk,
            one.counted_for,
            rule,
            contact_windows.span_of(kind, local),
            most,
        )
        for rule, kind, most in asked
    ]
    if one.first_here is None:
        return limited
    place = f"{message.channel}{one.place_here}"
    return [
        Wish(message.pk, one.first_here, f"{RUN}{message.run_id}", place, 1),
        *limited,
    ]


def words_of(rule: str, limits: Iterable[ShopLimit]) -> str:
    """Say which limit is reached."""
    if rule.startswith(RUN):
        return WROTE_ALREADY
    if rule == contact_pace.RULE:
        return contact_pace.REACHED
    of_shop = {
        each.rule: f"the shop's limit is reached: {each.limit}" for each in limits
    }
    return of_shop.get(rule) or contact_windows.REACHED[rule]


def take(wanted: Sequence[Wish]) -> dict[int, str]:
    """Take a slot for every wish; return the messages that got none, each with the rule
    that is full.
    """
    # a message that was claimed before keeps its places: it takes no second one
    held = _held({wish.message for wish in wanted})
    pending = [wish for wish in wanted if (wish.message, wish.rule) not in held]
    # Two workers may want the same free place: the unique index lets one have it, the
    # other looks for the next. After as many rounds as there are places the cap is
    # full.
    for _ in range(max((wish.most for wish in pending), default=0) + 1):
        if not pending:
            return {}
        taken = {(message, rule) for message, rule in sql.rows(TAKE, _values(pending))}
        pending = [wish for wish in pending if (wish.message, wish.rule) not in taken]
    full = {wish.message: wish.rule for wish in pending}
    # held under one cap, it must not use up the places it got under the others
    free(full)
    return full


def free(messages: Iterable[int]) -> None:
    """Give the slots of messages back that will not be sent."""
    CapSlot.objects.filter(message__in=list(messages)).delete()


def _held(messages: set[int]) -> set[tuple[int, str]]:
    return set(
        CapSlot.objects.filter(message__in=messages).values_list("message_id", "rule")
    )


def _values(pending: list[Wish]) -> dict[str, list[object]]:
    turned = sql.columns(
        ((w.message, w.customer, w.rule, w.span, w.most) for w in pending), 5
    )
    return dict(
        zip(("messages", "customers", "rules", "spans", "most"), turned, strict=True)
    )
