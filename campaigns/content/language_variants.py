"""The words of one channel in several languages: ``subject`` is everybody's,
``subject@de`` German readers'. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

AT = "@"
# BCP 47, in small letters
TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?\Z")


def is_language(tag: str) -> bool:
    """Say whether this may name a variant: such as de, de-at, zh-hans."""
    return bool(TAG.match(tag))


def named(part: str, language: str) -> str:
    """Return the key under which a part stands in a language."""
    return f"{part}{AT}{language}" if language else part


def languages_in(words: Mapping[str, str]) -> list[str]:
    """Return the languages that have words of their own, by name."""
    return sorted({key.partition(AT)[2] for key in words} - {""})


def over(common: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Put an arm's own words over the campaign's: a part that it says anew is said anew
    in every language.
    """
    said = {key.partition(AT)[0] for key in own}
    return {
        key: text for key, text in common.items() if key.partition(AT)[0] not in said
    } | dict(own)


def pick(words: Mapping[str, str], language: str) -> dict[str, str]:
    """Return the parts for a reader of ``language``: their own words where there are
    any, else everybody's.
    """
    return {key: text for key, text in words.items() if AT not in key} | {
        key.partition(AT)[0]: text
        for key, text in words.items()
        if language and key.partition(AT)[2] == language
    }


def closest(languages: tuple[str, ...], reader: str) -> str:
    """Return the variant for a reader's language tag: de-AT reads de-at, else de; zh-CN
    reads zh-hans; else "".
    """
    return next((one for one in _ways(reader) if one in languages), "")


@lru_cache(maxsize=1024)
def _ways(reader: str) -> tuple[str, ...]:
    """Return what a reader understands, the closest first."""
    tag = reader.strip().replace("_", "-").lower()
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return (tag,) if tag else ()
    plain = locale.language
    script = (locale.script or _likely_script(plain)).lower()
    return tuple(
        dict.fromkeys(
            way for way in (tag, f"{plain}-{script}" if script else "", plain) if way
        )
    )


def _likely_script(language: str) -> str:
    """Return the script in which a language is mostly written (CLDR's likely subtags)."""
    _language, _, rest = str(get_global("likely_subtags").get(language, "")).partition(
        "_"
    )
    return rest.partition("_")[0]
