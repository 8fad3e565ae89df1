"""Occasions of a journey: each lets its customer in, keyed by the object that the
trigger names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaigns.content.journey_content import CALLED
from campaigns.content.model import TriggerPlan
from campaigns.content.triggers import CUSTOMER
from campaigns.journeys.entries import Entry, enter
from campaigns.models import Campaign, Occasion
from campaigns.triggers.armed_triggers import BACK, DROP


def let_in(
    campaign: Campaign,
    plan: TriggerPlan,
    occasions: Sequence[Occasion],
    persons: Mapping[int, int],
) -> dict[int, str]:
    """Let customers in; return by occasion why one was not, empty where it was."""
    entries = {
        one.pk: Entry(
            persons[one.pk], one.key, one.happened_at, _object(plan, one), one.data
        )
        for one in occasions
    }
    told = enter(campaign, list(entries.values()))
    return {pk: told[entry.occurrence] for pk, entry in entries.items()}


def _object(plan: TriggerPlan, occasion: Occasion) -> str:
    """Name the business object of an occasion; empty where the customer is it."""
    if plan.kind in (BACK, DROP):
        return f"item_id:{occasion.data['item_id']}:{occasion.customer_id}"
    if plan.kind in CALLED:
        return occasion.key
    is_named = plan.key not in ("", CUSTOMER) and not occasion.key.startswith("event:")
    return occasion.key if is_named else ""
