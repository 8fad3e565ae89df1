"""One customer's portrait as it would have been drawn at a time, and the scores that
stood then.
"""

from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from profiles.models import Customer, PastScore
from retention_site.lib import clock

from .refresh import draw_now, traits
from .store import EVIDENCE, TraitValue
from .traits.contract import Trait


def portrait_then(customer: Customer, as_of: datetime) -> list[TraitValue]:
    """Draw a customer's traits from what had happened before ``as_of``; a trait without
    evidence is left out.

    Fifths and shrinkage need the whole shop, so everybody is drawn and one is kept.
    """
    wide = draw_now(as_of)
    rows = wide.filter(pc.equal(wide["customer"], customer.pk)).to_pylist()
    computed_at = clock.real_now()
    return [
        _line(trait, row, as_of, computed_at)
        for row in rows
        for trait in traits()
        if row[trait.key] is not None
    ]


def scores_then(customer: Customer, as_of: datetime) -> list[PastScore]:
    """Return what models had said of a customer by a moment: the newest score of each
    kind and horizon.
    """
    said = PastScore.objects.filter(customer=customer, as_of__lte=as_of)
    return list(
        said.order_by("kind", "horizon_days", "-as_of").distinct("kind", "horizon_days")
    )


def _line(
    trait: Trait, row: dict[str, Any], as_of: datetime, computed_at: datetime
) -> TraitValue:
    return TraitValue(
        key=trait.key,
        title=str(trait.title),
        value=_steady(row[trait.key]),
        definition=str(trait.definition),
        window_days=trait.window_days,
        unit=str(trait.unit),
        evidence=row[trait.key + EVIDENCE],
        as_of=as_of,
        computed_at=computed_at,
    )


def _steady(value: Any) -> Any:
    """Sums over many rows differ in the last digit with the order of threads; asked
    again, the answer is the same.
    """
    return float(f"{value:.12g}") if isinstance(value, float) else value
