"""Who gets which arm: by chance, for life, stored with its probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.planning.content.model import CONTROL, Content
from campaigns.proof.stats.assignment import assign


@dataclass(frozen=True, slots=True)
class Place:
    """One customer's arm and the probability it had."""

    arm: str
    propensity: float

    @property
    def is_control(self) -> bool:
        return self.arm == CONTROL


def shares(content: Content) -> dict[str, float]:
    """Return every arm's planned share, the control first; they add up to 1."""
    weights = sum(arm.weight for arm in content.arms)
    treated = {arm.name: (1 - content.holdout) * arm.weight / weights for arm in content.arms}
    return {CONTROL: content.holdout, **treated}


def places(content: Content, external_ids: Sequence[str], salt: str) -> list[Place]:
    """Return the arm of each customer: the same for the same id and salt, whoever else is in the audience."""
    planned = shares(content)
    names = list(planned)
    drawn = assign(external_ids, salt=salt, shares=list(planned.values()))
    return [
        Place(names[arm], float(chance))
        for arm, chance in zip(drawn.arms.tolist(), drawn.propensities.tolist(), strict=True)
    ]
