"""The history: a columnar copy of the facts, derived from PostgreSQL and disposable. Read only through here."""

from .refresh import Freshness, forget, freshness, rebuild, refresh
from .tables import Tables, narrowed, tables

__all__ = ["Freshness", "Tables", "forget", "freshness", "narrowed", "rebuild", "refresh", "tables"]
