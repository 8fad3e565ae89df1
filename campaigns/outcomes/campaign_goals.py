"""What a campaign asks of its outcomes: its goals, what is looked at beside them, and
what must not be harmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.content import metric_keys
from campaigns.content.model import Goal
from campaigns.outcomes.metrics.base import OutcomeMetric
from campaigns.stats.experiment_spec import Role


@dataclass(frozen=True)
class Question:
    """Metric keys by role; `guardrails` maps each to the harm that may be borne."""

    goals: tuple[str, ...]
    also: tuple[str, ...] = ()
    guardrails: Mapping[str, float] = field(default_factory=dict)
    winsorise: float | None = None
    is_sequential: bool = True

    @property
    def metrics(self) -> dict[str, OutcomeMetric]:
        return metric_keys.chosen(
            dict.fromkeys([*self.goals, *self.also, *self.guardrails])
        )

    def role_of(self, key: str) -> Role:
        if key in self.goals:
            return "goal"
        return "also" if key in self.also else "guardrail"


def question_of(goal: Goal) -> Question:
    """Ask what a campaign version says it wants to know."""
    return Question(goal.metrics, goal.also, goal.guardrails, goal.winsorise)
