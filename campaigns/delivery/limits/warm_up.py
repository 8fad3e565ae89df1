"""The plan of a warm-up: how many messages a day, until the sender is known."""

from __future__ import annotations

from datetime import date, timedelta

from campaigns.models import ProviderRate
from retention_site.lib.clock import real_now

MOST_DAYS = 90
USUAL_RATE = 10.0  # a second, where nobody set another
LARGEST = 10_000_000


class BadWarmUp(ValueError):
    """This is no plan: one sentence."""


def days(rate: ProviderRate) -> list[tuple[date, int]]:
    """Return each day of a warm-up with the most that leaves on it, as the limit counts
    it, until it limits nothing.
    """
    if rate.warm_up_from is None:
        return []
    found = []
    for n in range(MOST_DAYS):
        grown = rate.warm_up_first * rate.warm_up_growth**n
        if grown >= rate.warm_up_until:
            break
        found.append((rate.warm_up_from + timedelta(days=n), int(grown + 1e-6)))
    return found


def plan(provider: str, *, first: int, growth: float, until: int) -> ProviderRate:
    """Begin a warm-up of a provider today; raise `BadWarmUp`."""
    if not 1 <= first < until <= LARGEST:
        raise BadWarmUp("The first day is below what is full.")
    if not 1.01 <= growth <= 10:
        raise BadWarmUp("Each day is 1.01 to 10 times the one before.")
    rate, _is_new = ProviderRate.objects.update_or_create(
        provider=provider,
        defaults={
            "warm_up_from": real_now().date(),
            "warm_up_first": first,
            "warm_up_growth": growth,
            "warm_up_until": until,
        },
        create_defaults={
            "per_second": USUAL_RATE,
            "warm_up_from": real_now().date(),
            "warm_up_first": first,
            "warm_up_growth": growth,
            "warm_up_until": until,
        },
    )
    return rate


def stop(provider: str) -> None:
    """End a warm-up: from now on no limit a day."""
    ProviderRate.objects.filter(provider=provider).update(warm_up_from=None)
