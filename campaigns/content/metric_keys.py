"""Metrics by key, as the plug-in table names them; what stands behind a colon narrows
one, as `events:review`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from retention_site.lib import registry

if TYPE_CHECKING:  # a campaign names metrics; only who computes them loads them
    from campaigns.outcomes.metrics.base import OutcomeMetric

GROUP = "metrics"


def named(key: str) -> OutcomeMetric:
    """Return the metric of a key; raise `registry.UnknownPlugin` with the known keys."""
    plain, colon, of = key.partition(":")
    kind = registry.load(GROUP, plain)
    if bool(colon) != kind.takes_more or (colon and not of):
        raise registry.UnknownPlugin(
            f"{GROUP} has no {key!r}; it has {', '.join(registry.keys(GROUP))}"
        )
    metric: OutcomeMetric = kind(of) if colon else kind()
    return metric


def known(key: str) -> bool:
    """Say whether there is a metric of this key."""
    try:
        named(key)
    except registry.UnknownPlugin:
        return False
    return True


def chosen(keys: Iterable[str]) -> dict[str, OutcomeMetric]:
    """Return the metrics of these keys, in this order; raise `registry.UnknownPlugin`
    with the known keys.
    """
    return {key: named(key) for key in keys}
