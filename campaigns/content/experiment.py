"""Read what a campaign wants to know: its goal, guardrails, layer, and how its arms are
weighted. Pure.
"""

from __future__ import annotations

from campaigns.content.mapping_reader import BadCampaign, Section
from campaigns.content.metric_keys import known
from campaigns.content.model import Allocation, Content, Goal, Layer, Learning
from retention_site.lib import registry

USUAL_DAYS = 28
USUAL = ("conversion", "revenue")
# shares of customers that a campaign may cost at most
GUARDRAILS = {"unsubscribes": 0.005, "complaints": 0.001}
LOWEST_QUANTILE = 0.9


def goal(top: Section) -> Goal:
    """Take a goal in words alone, or with its metrics, guardrails and window."""
    if isinstance(top.raw.get("goal"), str | None):
        return Goal(
            top.text("goal", ""), _usual(), USUAL_DAYS, guardrails=_guardrails()
        )
    found: Goal = top.read("goal", _in_full)
    return found


def _in_full(section: Section) -> Goal:
    metrics = _metrics(section, "metrics") or _usual()
    return Goal(
        words=section.text("words", ""),
        metrics=metrics,
        window_days=section.whole("window_days", USUAL_DAYS, low=1, high=366),
        also=tuple(key for key in _metrics(section, "also") if key not in metrics),
        guardrails=section.read("guardrails", _margins, _guardrails()),
        winsorise=(
            section.number("winsorise", low=LOWEST_QUANTILE, high=1)
            if section.has("winsorise")
            else None
        ),
    )


def _usual() -> tuple[str, ...]:
    return tuple(key for key in USUAL if key in registry.keys("metrics"))


def _guardrails() -> dict[str, float]:
    return {
        key: margin
        for key, margin in GUARDRAILS.items()
        if key in registry.keys("metrics")
    }


def _metrics(section: Section, key: str) -> tuple[str, ...]:
    found = section.list(key, [])
    for one in found:
        if not isinstance(one, str) or not known(one):
            names = ", ".join(registry.keys("metrics"))
            raise section.refuse(
                key,
                f"{one!r} is not known; it may be {names}, the event's type behind"
                " events:.",
            )
    return tuple(dict.fromkeys(found))


def _margins(section: Section) -> dict[str, float]:
    for key in section.raw:
        if not known(str(key)):
            raise section.refuse(str(key), "is no metric.")
    return {key: section.number(key, low=0, high=1e9) for key in section.raw}


def layer(section: Section) -> Layer:
    name = section.text("name")
    if not name:
        raise section.refuse("name", "a layer needs a name.")
    return Layer(name, section.number("share", 0.5, low=0.01, high=1))


def allocation(section: Section) -> Allocation:
    metric = section.text("metric", "conversion")
    if not known(metric):
        raise section.refuse("metric", f"{metric!r} is no metric.")
    return Allocation(
        by=Learning(section.choice("by", list(Learning), Learning.THOMPSON)),
        metric=metric,
        least=section.number("least", 0.05, low=0.001, high=0.5),
    )


def check(content: Content) -> None:
    """Refuse what contradicts itself."""
    learned = content.allocation
    if learned is None:
        return
    if content.trigger:
        raise BadCampaign(
            "allocation: a triggered campaign's arms keep their weights; learned ones"
            " need runs."
        )
    if len(content.arms) < 2 or learned.least * len(content.arms) > 1:
        raise BadCampaign(
            "allocation: there must be at least two arms, and room for the least share"
            " of each."
        )
    if any(not arm.weight for arm in content.arms):
        raise BadCampaign("allocation: an arm of weight 0 can't be learned about.")
