"""Which purchases a question is about: all of them, those of a category, or those of
one item.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import cast

import ibis.expr.types as ir
from django.utils.text import slugify

from profiles.history import Tables
from profiles.history.dialects import to_sql
from profiles.segments import table_schemas


@dataclass(frozen=True)
class Scope:
    """Everything, unless a category (any of its levels, or a path of them) or an item
    is named.
    """

    category: str | None = None
    item: str | None = None

    @property
    def is_all(self) -> bool:
        return not (self.category or self.item)

    @property
    def key(self) -> str:
        """A name for model folders; empty for everything."""
        if self.is_all:
            return ""
        said = f"item {self.item}" if self.item else str(self.category)
        return f"-{slugify(said)[:40]}-{hashlib.sha256(said.encode()).hexdigest()[:6]}"

    @property
    def words(self) -> str:
        return (
            ""
            if self.is_all
            else f", item {self.item}"
            if self.item
            else f", in {self.category}"
        )

    def items(self) -> ir.Table:
        """The items that belong here."""
        items = table_schemas.items
        if self.is_all:
            return cast(ir.Table, items.select("item_id"))
        if self.item:
            return cast(
                ir.Table, items.filter(items.item_id == self.item).select("item_id")
            )
        path = ">".join(level.strip() for level in str(self.category).split(">"))
        levels = ">" + items.category.strip().re_replace(r"\s*>\s*", ">") + ">"
        return cast(
            ir.Table, items.filter(levels.contains(f">{path}>")).select("item_id")
        )

    def exists(self, tables: Tables) -> bool:
        """Say whether any item belongs here."""
        return self.is_all or tables.run(to_sql(self.items().limit(1))).num_rows > 0


EVERYTHING = Scope()
