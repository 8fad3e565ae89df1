"""What people see of campaigns, messages, coupons and effects; the dashboard, the inbox
and the health page.
"""

from . import coupons
from .campaign import campaigns, occasions, triggers
from .delivery import customer_answers, limits, messages, trials
from .message_text import template_pages
from .reports import results

__all__ = [
    "campaigns",
    "coupons",
    "customer_answers",
    "limits",
    "messages",
    "occasions",
    "results",
    "template_pages",
    "trials",
    "triggers",
]
