"""What people see of customers, items, segments and the work behind them."""

from . import customers, groups, items, jobs, keys, merges, people, privacy, quarantine, segments, sources

__all__ = [
    "customers", "groups", "items", "jobs", "keys", "merges", "people", "privacy", "quarantine", "segments", "sources",
]  # fmt: skip
