"""Groups of similar customers: a frozen clustering with readable names, kept as the
trait ``group``.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from profiles.models import CustomerGroup
from profiles.stats import clustering
from retention_site.lib import clock

from .group_names import Feature, names
from .refresh import draw_now
from .store import write_traits
from .traits.contract import Meaning

log = structlog.get_logger(__name__)
KEY = "group"
KS = range(3, 9)
FEATURES = (
    Feature("recency_days", "recently seen", "long away"),
    Feature("n_orders", "rare", "frequent"),
    Feature("spend", "low spend", "high spend"),
)  # what groups are formed by: recency, frequency, money
DESCRIBED_BY = (
    *FEATURES,
    Feature("basket", "small baskets", "large baskets"),
    Feature("price_sensitivity", "full price", "looks for discounts"),
)


class GroupTrait(Meaning):
    """What the group of a customer means."""

    key = KEY
    title = _("Group")
    definition = _(
        "Group of similar buyers by days since the last order, orders and spend of a"
        " year; as many groups as come back most reliably, frozen, so that newcomers"
        " are given theirs."
    )
    window_days = 365


@dataclass(frozen=True)
class Frozen:
    """A clustering as it was fitted: new customers are assigned by it without a refit."""

    version: str
    means: NDArray[np.float64]
    scales: NDArray[np.float64]
    centres: NDArray[np.float64]  # (k, n_features), standardised
    names: list[str]

    def assign(self, raw: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the group of each customer: (n, n_features) → (n,)."""
        return clustering.nearest(
            (np.log1p(raw) - self.means) / self.scales, self.centres
        )


def fit(as_of: datetime | None = None, *, is_past: bool = False) -> dict[str, Any]:
    """Form groups from the portraits, freeze them, and store each customer's; return
    the groups with their stability.

    Those of the past are told and not kept: the live ones stay. Without three different
    buyers there is nothing to group: the answer says so and nothing changes.
    """
    as_of = as_of or clock.now()
    customers, values, described_by = _values(as_of)
    raw = values[:, : len(FEATURES)]
    logs = np.log1p(raw)  # counts and money are skewed
    means, scales = (
        (logs.mean(0), logs.std(0)) if len(logs) else (np.zeros(0), np.ones(0))
    )
    scales = np.where(scales > 0, scales, 1.0)
    try:
        found = clustering.choose((logs - means) / scales, KS, np.random.default_rng(0))
    except ValueError as error:
        return {"as_of": as_of.isoformat(), "groups": [], "why": str(error)}
    centres = _with_old_numbers(found.centres)
    labels = clustering.nearest((logs - means) / scales, centres)
    version = as_of.strftime("%Y%m%dT%H%M%S")
    frozen = Frozen(
        version, means, scales, centres, _names(values, labels, described_by)
    )
    summary = _summary(as_of, found, frozen, labels)
    if is_past:
        return summary | {"is_past": True}
    _keep(frozen, found, labels, values, described_by)
    write_traits(KEY, _named(frozen, customers, labels), as_of)
    return summary


def assign(as_of: datetime) -> int:
    """Give every customer the group of the frozen clustering, new ones too; return how
    many have one.
    """
    frozen = current()
    if frozen is None:
        return 0
    customers, values, _described_by = _values(as_of)
    return write_traits(
        KEY, _named(frozen, customers, frozen.assign(values[:, : len(FEATURES)])), as_of
    )


def current() -> Frozen | None:
    """Return the frozen clustering in use; None before the first."""
    group = CustomerGroup.objects.filter(is_current=True).first()
    if group is None:
        return None
    kept = _read(_path(group.version))
    if kept is None:
        return None
    arrays = {
        name: np.array(kept[name], dtype=float)
        for name in ("means", "scales", "centres")
    }
    return Frozen(version=group.version, names=kept["names"], **arrays)


def _values(
    as_of: datetime,
) -> tuple[NDArray[np.int64], NDArray[np.float64], list[Feature]]:
    """Return the buyers' ids (n,), their features (n, n_described), and which features
    tell anything.

    What is unknown of a customer is the median; what is unknown of everybody is 0 and
    tells nothing.
    """
    wide = draw_now(as_of, [feature.trait for feature in DESCRIBED_BY])
    keys = [feature.trait for feature in DESCRIBED_BY]
    # (n, d)  # noqa: ERA001
    values = np.column_stack(
        [wide[key].to_numpy(zero_copy_only=False).astype(float) for key in keys]
    )
    bought = ~np.isnan(values[:, 0])
    customers, values = wide["customer"].to_numpy()[bought], values[bought]
    known = ~np.isnan(values).all(axis=0)
    medians = np.zeros(values.shape[1])
    medians[known] = np.nanmedian(values[:, known], axis=0) if len(values) else 0.0
    described_by = [
        feature
        for feature, is_known in zip(DESCRIBED_BY, known, strict=True)
        if is_known
    ]
    return (
        customers,
        np.maximum(np.where(np.isnan(values), medians, values), 0.0),
        described_by,
    )


def _names(
    values: NDArray[np.float64], labels: NDArray[np.int64], described_by: list[Feature]
) -> list[str]:
    places = [DESCRIBED_BY.index(feature) for feature in described_by]
    return names(values[:, places], labels, described_by)


def _with_old_numbers(centres: NDArray[np.float64]) -> NDArray[np.float64]:
    old = current()
    if old is None or old.centres.shape[1] != centres.shape[1]:
        return centres[np.argsort(centres.sum(1))]
    return centres[clustering.keep_numbers(old.centres, centres)]


def _named(
    frozen: Frozen, customers: NDArray[np.int64], labels: NDArray[np.int64]
) -> Any:
    return (
        (int(who), frozen.names[label], 1)
        for who, label in zip(customers, labels, strict=True)
    )


@transaction.atomic
def _keep(
    frozen: Frozen,
    found: clustering.Clustering,
    labels: NDArray[np.int64],
    values: NDArray[np.float64],
    described_by: list[Feature],
) -> None:
    kept = {
        name: getattr(frozen, name).tolist() for name in ("means", "scales", "centres")
    }
    path = _path(frozen.version)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = kept | {"names": frozen.names}
    path.write_text(json.dumps(whole | {"sha256": _digest(whole)}))
    CustomerGroup.objects.update(is_current=False)
    for number, name in enumerate(frozen.names):
        medians = np.median(values[labels == number], axis=0)
        facts = [
            {"trait": one.trait, "median": float(median)}
            for one, median in zip(DESCRIBED_BY, medians, strict=True)
            if one in described_by
        ]
        CustomerGroup.objects.update_or_create(
            version=frozen.version,
            number=number,
            defaults={
                "name": name,
                "n_customers": int((labels == number).sum()),
                "features": facts,
                "stability": found.stability,
                "is_current": True,
            },
        )


def _read(path: Path) -> dict[str, Any] | None:
    """Read a frozen clustering; None where it is gone or not what was written: the next
    learning makes one.
    """
    try:
        kept: dict[str, Any] = json.loads(path.read_text())
        told = kept.pop("sha256", None)
    except (OSError, ValueError) as error:
        log.error(
            "the groups can't be read: run learn --only groups",
            path=str(path),
            error=str(error),
        )
        return None
    if told is not None and told != _digest(kept):  # those of before have none
        log.error(
            "the groups were changed since they were written: run learn --only groups",
            path=str(path),
        )
        return None
    return kept


def _digest(kept: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _summary(
    as_of: datetime,
    found: clustering.Clustering,
    frozen: Frozen,
    labels: NDArray[np.int64],
) -> dict[str, Any]:
    sizes = np.bincount(labels, minlength=len(frozen.names))
    return {
        "as_of": as_of.isoformat(),
        "version": frozen.version,
        "k": found.k,
        "stability": round(found.stability, 4),
        "silhouette": round(found.silhouette, 4),
        "is_stable": found.is_stable,
        "groups": [
            {"name": name, "customers": int(n)}
            for name, n in zip(frozen.names, sizes, strict=True)
        ],
    }


def _path(version: str) -> Path:
    return Path(settings.MODEL_DIR) / "groups" / version / "model.json"
