"""Which writing a text uses: enough to keep it away from a model that can't read it."""

from __future__ import annotations

import re

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
KANA_HANGUL = r"\u3040-\u30ff\u31f0-\u31ff\uac00-\ud7af\u1100-\u11ff"
OTHERS = (
    r"\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u0590-\u05ff\u0600-\u06ff\u0750-\u077f"
    r"\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u1200-\u137f"
    # Greek, Cyrillic, Armenian, Hebrew, Arabic, the Indic scripts, Thai, Lao, Georgian,
    # Ethiopic
)
_FOREIGN = re.compile(f"[{HAN}{KANA_HANGUL}{OTHERS}]")
_HAN = re.compile(f"[{HAN}]")
_LETTER = re.compile(r"[^\W\d_]")

LATIN, CHINESE, OTHER = SCRIPTS = range(3)
# share of letters outside the Latin script from which a text counts as foreign
FOREIGN = 0.2

COMMON_HAN = (
    "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后"
    "小么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同三已老从动两长"
)


def has_letters(text: str) -> bool:
    """Say whether there is anything to read at all."""
    return _LETTER.search(text) is not None


def share_not_latin(text: str) -> float:
    """Return the share of letters that stand outside the Latin script, 0 to 1."""
    n_letters = len(_LETTER.findall(text))
    return len(_FOREIGN.findall(text)) / n_letters if n_letters else 0.0


def share_han(text: str) -> float:
    """Return the share of letters that are Chinese characters, 0 to 1."""
    n_letters = len(_LETTER.findall(text))
    return len(_HAN.findall(text)) / n_letters if n_letters else 0.0


def script(text: str) -> int:
    """Number the script that a text is written in: 0 Latin, 1 Chinese, 2 another one."""
    if share_han(text) >= FOREIGN:
        return CHINESE
    return OTHER if share_not_latin(text) >= FOREIGN else LATIN
