"""Who gets which arm: by chance, for life, stored with its probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from campaigns.content.model import CONTROL, Content, shares
from campaigns.planning.decide import CONTROL_GROUP, GLOBAL_HOLDOUT, OTHER_TEST
from campaigns.stats.allocation.assignment import assign, is_within


@dataclass(frozen=True)
class Lots:
    """Draws that stand above a campaign's own: each has a salt of its own, so that they
    know nothing of each other.
    """

    holdout: float = 0.0  # share of all customers
    holdout_salt: str = ""
    layer: str = ""
    low: float = 0.0  # of the layer, [low, high) is this campaign's
    high: float = 1.0


NO_LOTS = Lots()


@dataclass(frozen=True, slots=True)
class Place:
    """One customer's arm and the probability it had; ``arm`` is empty for who belongs
    to another test of the layer.
    """

    arm: str
    propensity: float
    is_held_out: bool = False  # globally

    @property
    def is_control(self) -> bool:
        return self.arm == CONTROL

    @property
    def held_by(self) -> str:
        """Why chance holds this customer back; empty when it does not.

        Who is held out of all marketing is nobody's control: the wider reason is said,
        and each is counted once.
        """
        if not self.arm:
            return OTHER_TEST
        if self.is_held_out:
            return GLOBAL_HOLDOUT
        return CONTROL_GROUP if self.is_control else ""


def places(
    content: Content,
    external_ids: Sequence[str],
    salt: str,
    lots: Lots = NO_LOTS,
    learned: Mapping[str, float] | None = None,
) -> list[Place]:
    """Return the arm of each customer: the same for the same id and salt, whoever else
    is in the audience.

    ``learned`` shares stand for the planned ones. The control fills the first part of
    the line either way, so nobody enters or leaves it when weights move.
    """
    planned = dict(learned or shares(content))
    names = list(planned)
    drawn = assign(external_ids, salt=salt, shares=list(planned.values()))
    held = is_within(external_ids, salt=lots.holdout_salt, low=0.0, high=lots.holdout)
    ours = (
        is_within(
            external_ids, salt=f"layer {lots.layer}", low=lots.low, high=lots.high
        )
        if lots.layer
        else np.ones(len(external_ids), dtype=np.bool_)
    )
    return [
        Place(names[arm] if is_ours else "", float(chance), bool(is_held))
        for arm, chance, is_held, is_ours in zip(
            drawn.arms.tolist(), drawn.propensities.tolist(), held, ours, strict=True
        )
    ]
