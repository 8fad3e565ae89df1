"""What people see of customers, items, segments and the work behind them."""

from . import audit, backups, customers, items, jobs, keys, people, privacy, rates
from .data import merges, quarantine, sources
from .segments import groups, segments

__all__ = [
    "audit",
    "backups",
    "customers",
    "groups",
    "items",
    "jobs",
    "keys",
    "merges",
    "people",
    "privacy",
    "quarantine",
    "rates",
    "segments",
    "sources",
]
