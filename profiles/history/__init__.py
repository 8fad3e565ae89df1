"""The history: a columnar copy of the facts, derived from PostgreSQL and disposable. Read only through here."""

from .refresh import Freshness, drop_parts, forget, freshness, parts_before, rebuild, refresh
from .tables import Tables, narrowed, tables

__all__ = [
    "Freshness",
    "Tables",
    "drop_parts",
    "forget",
    "freshness",
    "narrowed",
    "parts_before",
    "rebuild",
    "refresh",
    "tables",
]
