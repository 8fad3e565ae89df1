"""What people see of campaigns, messages, coupons and effects; the dashboard, the inbox and the health page."""

from .delivery import provider_answers, limits, messages
from .campaign import campaigns, occasions, triggers
from . import coupons
from .reports import results

__all__ = ["answers", "campaigns", "coupons", "limits", "messages", "occasions", "results", "triggers"]
