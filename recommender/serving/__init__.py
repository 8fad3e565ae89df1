"""What is shown to customers and staff: from the database and from files mapped into
memory, without torch.
"""

from .fresh import calendar_days
from .ready_lists import Recommended, cut, lists_for, shown_to
from .search import Found, search
from .similar import because_you_searched, similar_items
from .trending import trending

__all__ = [
    "Found",
    "Recommended",
    "because_you_searched",
    "calendar_days",
    "cut",
    "lists_for",
    "search",
    "shown_to",
    "similar_items",
    "trending",
]
