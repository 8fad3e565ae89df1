"""The history: a columnar copy of the facts, derived from PostgreSQL and disposable.
Read only through here.
"""

from .integrity import HistoryDamaged
from .refresh import (
    Freshness,
    drop_parts,
    follow,
    forget,
    freshness,
    parts_before,
    rebuild,
    refresh,
    sweep,
)
from .tables import Tables, narrowed, tables

__all__ = [
    "Freshness",
    "HistoryDamaged",
    "Tables",
    "drop_parts",
    "follow",
    "forget",
    "freshness",
    "narrowed",
    "parts_before",
    "rebuild",
    "refresh",
    "sweep",
    "tables",
]
