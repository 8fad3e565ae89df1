"""Which purchases a question is about: all of them, those of a category, or those of one item."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils.text import slugify

from profiles.history import Tables

LEVELS = r"'>' || regexp_replace(trim(category), '\s*>\s*', '>', 'g') || '>'"


@dataclass(frozen=True)
class Scope:
    """Everything, unless a category (any of its levels, or a path of them) or an item is named."""

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
        return "" if self.is_all else f", item {self.item}" if self.item else f", in {self.category}"

    @property
    def test(self) -> str:
        """SQL that says whether a row of items belongs here."""
        if self.item:
            return f"item_id = {literal(self.item)}"
        path = ">".join(level.strip() for level in str(self.category).split(">"))
        return f"contains({LEVELS}, {literal(f'>{path}>')})"

    def exists(self, tables: Tables) -> bool:
        """Say whether any item belongs here."""
        return self.is_all or tables.run(f"SELECT 1 FROM items WHERE {self.test} LIMIT 1").num_rows > 0  # noqa: S608  quoted


EVERYTHING = Scope()


def literal(word: str) -> str:
    """Quote a word for SQL."""
    return "'" + word.replace("'", "''") + "'"
