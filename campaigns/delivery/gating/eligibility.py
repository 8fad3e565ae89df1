"""Gather what the gates ask about a batch: a fixed number of queries, however many
messages.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import structlog

from campaigns.content import contact_windows, shop_rules
from campaigns.delivery import sql
from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import NoAddress
from campaigns.delivery.gating import (
    cancel_conditions,
    carts,
    shared_addresses,
    suppression,
)
from campaigns.delivery.gating.gates import GateFacts
from campaigns.delivery.gating.send_rules import Rules, rules_of
from campaigns.delivery.limits.quiet_hours import quiet_until
from campaigns.models import Campaign, Message
from profiles.models import Customer
from retention_site.lib import registry
from retention_site.lib.walltime import zone_named

log = structlog.get_logger(__name__)

CONSENTS = f"""
    SELECT asked.message, {sql.consent_of("asked.person", "asked.channel", "asked.topic")}
    FROM unnest(%(messages)s::bigint[], %(persons)s::bigint[], %(channels)s::text[], %(topics)s::text[])
        AS asked (message, person, channel, topic)
"""  # noqa: S608  the parts are constants


@dataclass(frozen=True, slots=True)
class Candidate:
    """One claimed message with all that the gates and the channel need."""

    message: Message
    customer: Customer  # the surviving one
    channel: Channel
    rules: Rules
    zone: ZoneInfo
    address: str
    address_hash: str
    standing: GateFacts
    # whose frequency limits count it: the first customer of the mailbox
    counted_for: int
    # of several customers of the address that the run writes to once, and in which place
    first_here: int | None = None
    place_here: str = ""

    @property
    def asks_consent(self) -> bool:
        return self.standing.asks_consent


@cache
def channel_named(key: str) -> type[Channel]:
    return registry.load("channels", key)


def candidates(messages: Iterable[Message], now: datetime) -> list[Candidate]:
    """Return every message with its standing at ``now``."""
    messages = list(messages)
    channels = {
        key: channel_named(key)() for key in {message.channel for message in messages}
    }
    found = [_found(message, channels[message.channel]) for message in messages]
    consents = _consents(found, now)
    suppressed = suppression.suppressed(
        (one.message.channel, one.address_hash) for one in found if one.address_hash
    )
    done = cancel_conditions.done(
        (one.message.pk, one.rules.cancel_if) for one in found
    )
    done |= carts.of_messages(
        [one.message.pk for one in found if carts.is_about_one(one.rules.events)]
    )
    firsts = shared_addresses.firsts(_addressed(found))
    zones, quiet = _Zones(), shop_rules.quiet_hours()
    settled = [
        _candidate(one, consents, suppressed, done, firsts, zones, quiet, now)
        for one in found
    ]
    zones.report()
    return settled


@dataclass(frozen=True, slots=True)
class _Found:
    message: Message
    customer: Customer
    channel: Channel
    rules: Rules
    address: str
    address_hash: str
    no_address: str

    @property
    def asks_consent(self) -> bool:
        return self.channel.asks_consent and self.rules.is_marketing


def _found(message: Message, channel: Channel) -> _Found:
    customer = message.customer.merged_into or message.customer
    rules = rules_of(message)
    try:
        address = channel.address(customer, rules.content)
    except NoAddress as error:
        return _Found(message, customer, channel, rules, "", "", str(error))
    return _Found(
        message,
        customer,
        channel,
        rules,
        address,
        suppression.address_hash(channel, address),
        "",
    )


def _consents(found: list[_Found], now: datetime) -> dict[int, str]:
    asked = [one for one in found if one.asks_consent]
    turned = sql.columns(
        (
            (one.message.pk, one.customer.pk, one.channel.key, one.rules.topic)
            for one in asked
        ),
        4,
    )
    values = dict(
        zip(("messages", "persons", "channels", "topics"), turned, strict=True)
    )
    return dict(sql.rows(CONSENTS, {**values, "now": now})) if asked else {}


def _candidate(
    one: _Found,
    consents: Mapping[int, str],
    suppressed: Mapping[tuple[str, str], str],
    done: Mapping[int, str],
    firsts: Mapping[tuple[int, str], int],
    zones: "_Zones",
    shop_quiet: shop_rules.ShopQuiet | None,
    now: datetime,
) -> Candidate:
    message, rules, zone = one.message, one.rules, zones.of(one.customer)
    quiet = _quiet_until(rules, shop_quiet, message.channel, zone, now)
    standing = GateFacts(
        is_erased=bool(one.customer.erased_at or message.customer.erased_at),
        is_stopped=message.campaign.state == Campaign.State.STOPPED,
        expires_at=message.expires_at,
        no_address=one.no_address,
        suppressed_because=suppressed.get((message.channel, one.address_hash), ""),
        asks_consent=one.asks_consent,
        consent=consents.get(message.pk, ""),
        quiet_until=quiet,
        done_meanwhile=done.get(message.pk, ""),
    )
    person = one.customer.pk
    place = rules.place_at_address(message.planned_at) if message.run_id else None
    return Candidate(
        message,
        one.customer,
        one.channel,
        rules,
        zone,
        one.address,
        one.address_hash,
        standing,
        counted_for=firsts.get((person, "email"), person),
        first_here=None if place is None else firsts.get((person, message.channel)),
        place_here=place or "",
    )


def _quiet_until(
    rules: Rules,
    shop: shop_rules.ShopQuiet | None,
    channel: str,
    zone: ZoneInfo,
    now: datetime,
) -> datetime | None:
    """Return when the last of the campaign's and the shop's quiet hours ends; the shop's
    are for marketing.
    """
    spans = [rules.quiet] if rules.quiet and rules.is_quiet_on(channel) else []
    if shop and rules.is_marketing and shop.holds_on(channel):
        spans.append((shop.start, shop.end))
    ends = [quiet_until(now, zone, *span) for span in spans]
    return max((end for end in ends if end is not None), default=None)


def _addressed(found: Iterable[_Found]) -> Iterator[tuple[int, str]]:
    """Who is asked about on which channel: a mailbox counts whatever it is written by."""
    for one in found:
        if one.rules.is_marketing:
            yield one.customer.pk, "email"
            yield one.customer.pk, one.message.channel


class _Zones:
    """Time zones of customers; an unknown one becomes the shop's and is counted, never
    dropped.
    """

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()

    def of(self, customer: Customer) -> ZoneInfo:
        if customer.time_zone and zone_named(customer.time_zone) is None:
            self.unknown[customer.time_zone] += 1
        return contact_windows.zone_of(customer.time_zone)

    def report(self) -> None:
        if self.unknown:
            log.warning(
                "unknown time zones, the shop's is used",
                n=self.unknown.total(),
                zones=dict(self.unknown),
            )
