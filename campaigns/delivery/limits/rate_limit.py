"""How fast a provider may be used, and each recipient's domain: GCRA and a warm-up,
decided and told by one UPDATE.

ITU-T I.371 (generic cell rate algorithm), virtual scheduling: a request for k conforms
when the theoretical arrival time stays within ``burst`` of now. A sender that warms up
may send ``warm_up_first`` messages on its first day and ``warm_up_growth`` times as
many on each day after, until ``warm_up_until`` a day are reached. Real time, days in
UTC: the provider's limit does not follow the shop's clock.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol, TypeVar

from campaigns.delivery import sql
from campaigns.delivery.channels.line import Outgoing

SHARE = "greatest(tat, statement_timestamp())"
# 1e-6: a sum of fractions that should be whole may lie a hair below it
FREE = (
    f"floor(burst - extract(epoch FROM {SHARE} - statement_timestamp()) * per_second +"
    " 1e-6)"
)
TODAY = "(statement_timestamp() AT TIME ZONE 'UTC')::date"
COUNTED = f"CASE WHEN counted_on = {TODAY} THEN n_counted ELSE 0 END"
# the exponent is held to 40: a warm-up that began years ago must not overflow
GROWN = (
    f"(warm_up_first * exp(least(ln(warm_up_growth) * greatest(0, {TODAY} -"
    " warm_up_from), 40)) + 1e-6)"
)
# NULL, which `least` leaves out, where the sender is not warming up
LEFT_TODAY = (
    f"CASE WHEN warm_up_from IS NOT NULL AND {GROWN} < warm_up_until"
    f" THEN floor({GROWN}) - ({COUNTED}) END"
)
GRANT = f"greatest(0, least(%(wanted)s, {FREE}, {LEFT_TODAY}))::int"
TO_MIDNIGHT = (
    f"extract(epoch FROM ({TODAY} + 1)::timestamp AT TIME ZONE 'UTC' -"
    " statement_timestamp())"
)
# Asking and taking are one UPDATE: of eight processes that ask at once, each finds what
# the one before left. A row lock is all the coordination there is.
TAKE = f"""
    UPDATE campaigns_providerrate
    SET n_granted = {GRANT}, tat = {SHARE} + {GRANT} / per_second * interval '1 second',
        counted_on = {TODAY}, n_counted = {COUNTED} + {GRANT}
    WHERE provider = %(provider)s
    RETURNING n_granted, CASE WHEN {LEFT_TODAY} <= 0 THEN {TO_MIDNIGHT}
        ELSE greatest(0, extract(epoch FROM tat - statement_timestamp()) - (burst - 1) / per_second) END::float
"""  # noqa: S608  no value is put together here

DOMAINS = "SELECT provider FROM campaigns_providerrate WHERE starts_with(provider, %s)"


class Addressed(Protocol):
    """A message with its address."""

    @property
    def outgoing(self) -> Outgoing: ...


Ready = TypeVar("Ready", bound=Addressed)


def take(provider: str, wanted: int) -> tuple[int, float]:
    """Return how many messages may leave now, and after how many seconds the next one;
    no row means no limit.
    """
    found = sql.rows(TAKE, {"provider": provider, "wanted": wanted})
    return found[0] if found else (wanted, 0.0)


def by_domain(
    provider: str, ready: Sequence[Ready]
) -> tuple[list[Ready], list[tuple[list[Ready], float]]]:
    """Return what the recipients' domains let through, in order, and the rest with the
    seconds that each has to wait.

    A domain is limited by a row named ``provider@domain``.
    """
    limited = _limited_domains(provider)
    waiting: dict[str, list[Ready]] = defaultdict(list)
    for one in ready:
        if (domain := _domain(one)) in limited:
            waiting[domain].append(one)
    held, stay = [], set()
    for domain, of_domain in waiting.items():
        granted, wait = take(f"{provider}@{domain}", len(of_domain))
        if rest := of_domain[granted:]:
            held.append((rest, wait))
            stay |= {one.outgoing.message for one in rest}
    return [one for one in ready if one.outgoing.message not in stay], held


def _limited_domains(provider: str) -> set[str]:
    return {
        name.rpartition("@")[2].casefold()
        for (name,) in sql.rows(DOMAINS, [f"{provider}@"])
    }


def _domain(one: Addressed) -> str:
    return one.outgoing.address.rpartition("@")[2].casefold()
