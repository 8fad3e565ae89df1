"""Metrics by key, as the plug-in table names them."""

from collections.abc import Iterable

from campaigns.proof.metrics.base import OutcomeMetric
from retention_site.lib import registry

GROUP = "metrics"


def chosen(keys: Iterable[str]) -> dict[str, OutcomeMetric]:
    """Return the metrics of these keys, in this order; raise `registry.UnknownPlugin` with the known keys."""
    return {key: registry.load(GROUP, key)() for key in keys}
