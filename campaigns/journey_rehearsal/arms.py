"""Who of a replay chance holds back: the journey's control group, and those whom no
marketing reaches. They walk the steps like the others, and get no message.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from campaigns.content.model import CONTROL, Content, shares
from campaigns.journey_rehearsal.past import Past
from campaigns.journey_rehearsal.steps import draw
from campaigns.planning.arm_assignment import Lots
from campaigns.planning.decide import CONTROL_GROUP, GLOBAL_HOLDOUT, OTHER_TEST
from campaigns.stats.allocation.assignment import assign, is_within

TREATED = 0
HELD = {1: CONTROL_GROUP, 2: GLOBAL_HOLDOUT, 3: OTHER_TEST}
COUNTED = "SELECT arm, count(*), count(DISTINCT runs.customer) FROM runs JOIN drawn USING (customer) GROUP BY arm"


def draw_arms(past: Past, content: Content, salt: str, lots: Lots) -> dict[str, Any]:
    """Keep as `drawn` who is treated (0) and who is held, and why; return entries and
    customers by group.
    """
    planned = shares(content)
    names = list(planned)

    def lot(ids: list[str]) -> NDArray[np.int64]:
        arms = assign(ids, salt=salt, shares=list(planned.values())).arms
        control = (arms == names.index(CONTROL)).astype(np.int64)
        held = is_within(ids, salt=lots.holdout_salt, low=0.0, high=lots.holdout)
        drawn = np.where(held, 2, control)
        if not lots.layer:
            return drawn
        ours = is_within(ids, salt=f"layer {lots.layer}", low=lots.low, high=lots.high)
        return np.where(ours, drawn, 3)

    draw(past, lot)
    counts = {arm: (n, n_people) for arm, n, n_people in past.run(COUNTED)}
    return {
        "treated": _said(counts.get(TREATED)),
        "held": {why: _said(counts[arm]) for arm, why in HELD.items() if arm in counts},
    }


def _said(counted: tuple[int, int] | None) -> dict[str, int]:
    entries, customers = counted or (0, 0)
    return {"entries": entries, "customers": customers}
