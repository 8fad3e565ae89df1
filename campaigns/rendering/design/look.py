"""How a shop's letters look: its colours, fonts and footer. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
# what every mail program has: a font of another host would tell it who reads
FONTS = {
    "sans": "Helvetica Neue, Helvetica, Arial, sans-serif",
    "humanist": "Verdana, Geneva, Tahoma, sans-serif",
    "serif": "Georgia, Times New Roman, serif",
    "mono": "Courier New, Courier, monospace",
}


@dataclass(frozen=True)
class Look:
    """What a letter takes from the shop's brand."""

    accent: str = "#0f766e"
    ink: str = "#1f2937"
    ground: str = "#eef0f4"
    card: str = "#ffffff"
    font: str = "sans"
    name: str = ""  # nothing: the shop's own name
    logo: str = ""  # its address
    footer: str = ""  # who writes, and from where
    website: str = ""

    @property
    def on_accent(self) -> str:
        return readable_on(self.accent)

    @property
    def fonts(self) -> str:
        return FONTS.get(self.font, FONTS["sans"])


def readable_on(colour: str) -> str:
    """Return black or white, whichever is read better on a colour."""
    white, black = "#ffffff", "#111827"
    better = contrast(colour, white) >= contrast(colour, black)
    return white if better else black


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
