"""Pieces that templates share: the shop's files first, then ours; a block of the
library comes before both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings

FOLDER = "blocks"
SUFFIXES = (".mjml", ".html", ".txt")


def ours() -> Path:
    """Return the folder of the templates that come with the program."""
    return Path(settings.BASE_DIR) / "templates" / "messages"


def in_folders(folders: Sequence[Path]) -> dict[str, str]:
    """Return the blocks below folders by name; those of the first folder count."""
    found: dict[str, str] = {}
    for folder in reversed(folders):
        for path in sorted((folder / FOLDER).glob("*")):
            if path.suffix in SUFFIXES:
                found[path.name] = path.read_text(encoding="utf-8")
    return found
