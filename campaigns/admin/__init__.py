"""What people see of campaigns, messages, coupons and effects; the dashboard, the inbox
and the health page.
"""

from . import coupons
from .answers import conversations, documents
from .campaign import campaigns, occasions, triggers
from .delivery import customer_answers, limits, messages, trials
from .message_text import copy_lines, template_pages
from .reports import results

__all__ = [
    "campaigns",
    "conversations",
    "copy_lines",
    "coupons",
    "customer_answers",
    "documents",
    "limits",
    "messages",
    "occasions",
    "results",
    "template_pages",
    "trials",
    "triggers",
]
