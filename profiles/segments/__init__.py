"""Segments: rules over what is known of customers, the same for a million of them and for one."""

from .keeping import Refreshed, refresh, refresh_all, save
from .rules import BadRule
from .selecting import Reason, Selection, count, describe, explain, fitting, members, select

__all__ = [
    "BadRule",
    "Reason",
    "Refreshed",
    "Selection",
    "count",
    "describe",
    "explain",
    "fitting",
    "members",
    "refresh",
    "refresh_all",
    "save",
    "select",
]
