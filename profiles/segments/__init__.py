"""Segments: rules over what is known of customers, the same for a million of them and
for one.
"""

from .membership import (
    Changes,
    Reason,
    Selection,
    changes,
    count,
    describe,
    explain,
    fitting,
    members,
    select,
)
from .rules import BadRule
from .saved_segments import Refreshed, create, refresh, refresh_all, save

__all__ = [
    "BadRule",
    "Changes",
    "Reason",
    "Refreshed",
    "Selection",
    "changes",
    "count",
    "create",
    "describe",
    "explain",
    "fitting",
    "members",
    "refresh",
    "refresh_all",
    "save",
    "select",
]
