"""The kinds of rows that a file may hold. Plug-ins of the group ``imports``."""

from .base import (
    Column,
    ImportKind,
    StagedKind,
    Stored,
    make_bare_customers,
    make_bare_items,
)

__all__ = [
    "Column",
    "ImportKind",
    "StagedKind",
    "Stored",
    "make_bare_customers",
    "make_bare_items",
]
