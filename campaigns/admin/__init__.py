"""What people see of campaigns, messages, coupons and effects; the dashboard, the inbox
and the health page.
"""

from . import coupons
from .campaign import campaigns, occasions, triggers
from .delivery import limits, messages, provider_answers  # noqa: F401
from .reports import results

__all__ = [
    "answers",
    "campaigns",
    "coupons",
    "limits",
    "messages",
    "occasions",
    "results",
    "triggers",
]
