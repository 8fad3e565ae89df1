"""What is shown to customers and staff: from the database and from files mapped into memory, without torch."""

from .lists import Recommended, lists_for
from .near import because_you_searched, similar_items
from .searching import Found, search
from .trending import trending

__all__ = ["Found", "Recommended", "because_you_searched", "lists_for", "search", "similar_items", "trending"]
