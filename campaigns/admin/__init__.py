"""What people see of campaigns, messages, coupons and effects; the dashboard, the inbox and the health page."""

from . import answers, campaigns, coupons, limits, messages, occasions, results, triggers

__all__ = ["answers", "campaigns", "coupons", "limits", "messages", "occasions", "results", "triggers"]
