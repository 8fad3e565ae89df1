"""One customer's portrait as it would have been drawn at a time."""

from datetime import datetime
from typing import Any

import pyarrow.compute as pc

from profiles.models import Customer
from retention_site.lib import clock

from .refresh import draw_now, traits
from .store import EVIDENCE, TraitValue
from .traits.contract import Trait


def portrait_then(customer: Customer, as_of: datetime) -> list[TraitValue]:
    """Draw a customer's traits from what had happened before ``as_of``; a trait without evidence is left out.

    Fifths and shrinkage need the whole shop, so everybody is drawn and one is kept.
    """
    wide = draw_now(as_of)
    rows = wide.filter(pc.equal(wide["customer"], customer.pk)).to_pylist()
    computed_at = clock.real_now()
    return [_line(trait, row, as_of, computed_at) for row in rows for trait in traits() if row[trait.key] is not None]


def _line(trait: Trait, row: dict[str, Any], as_of: datetime, computed_at: datetime) -> TraitValue:
    return TraitValue(
        key=trait.key,
        title=str(trait.title),
        value=row[trait.key],
        definition=str(trait.definition),
        window_days=trait.window_days,
        unit=str(trait.unit),
        evidence=row[trait.key + EVIDENCE],
        as_of=as_of,
        computed_at=computed_at,
    )
