"""Put the parts that a document of the editor stands for in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from campaigns.rendering.design import brand, images, letter
from campaigns.rendering.design.reading import read
from campaigns.rendering.design.schema import Design

DESIGN = "design"
LANGUAGES = "languages"


def is_designed(parts: Mapping[str, Any]) -> bool:
    """Say whether the words were made in the editor, in any language."""
    spoken = parts.get(LANGUAGES) or {}
    return DESIGN in parts or any(DESIGN in own for own in spoken.values())


def expanded(parts: Mapping[str, Any], channel: str) -> dict[str, Any]:
    """Return parts without documents: each became MJML, text and short parts.

    Brand and pictures are those of now; a campaign that took the parts over keeps what
    they were then. Raise `WordsError`.
    """
    if not is_designed(parts):
        return dict(parts)
    designs = {tag: read(own[DESIGN]) for tag, own in _each(parts) if DESIGN in own}
    look, shown = brand.look(), images.addresses(_digests(designs.values()))
    made: dict[str, Any] = {}
    for tag, own in _each(parts):
        said = {
            key: text for key, text in own.items() if key not in (DESIGN, LANGUAGES)
        }
        if tag in designs:
            said |= letter.parts(designs[tag], channel, look, shown)
        if tag:
            made.setdefault(LANGUAGES, {})[tag] = said
        else:
            made |= said
    return made


def _each(parts: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [("", parts), *(parts.get(LANGUAGES) or {}).items()]


def _digests(designs: Any) -> set[str]:
    return {
        block.image
        for design in designs
        for block in _blocks(design)
        if block.kind == "image"
    }


def _blocks(design: Design) -> list[Any]:
    return list(design.every())


def one(design: Design, channel: str, *, is_marked: bool = False) -> dict[str, str]:
    """Return the parts of one document, as it is being written."""
    shown = images.addresses(_digests([design]))
    return letter.parts(design, channel, brand.look(), shown, is_marked=is_marked)
