"""Languages as tags of BCP 47, from tags of any spelling, codes of three letters, and
names. Pure.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from .countries import READ


@lru_cache(maxsize=16384)
def language_or_none(text: str) -> str | None:
    """Return a language's tag: en for English, eng, EN; de-AT for de_AT; None for what
    nobody speaks.
    """
    tag = text.strip().replace("_", "-")
    return _tag(tag) or _names().get(tag.casefold())


def variants(tags: Iterable[str]) -> str:
    """Return a pattern of the tags of some languages' regions and scripts: whoever asks
    for en means en-US too (RFC 4647, "basic filtering").
    """
    return f"^({'|'.join(map(re.escape, tags))})-"


def _tag(tag: str) -> str | None:
    language, *rest = tag.split(".")[0].split("-")
    known = get_global("language_aliases").get(language.lower(), language.lower())
    try:
        locale = Locale.parse("-".join([known, *rest]), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return None
    return "-".join(
        part for part in (locale.language, locale.script, locale.territory) if part
    )


@cache
def _names() -> dict[str, str]:
    """Names of the languages that have words in CLDR: in English, in the other tongues,
    and in their own.
    """
    found: dict[str, str] = {}
    for locale in READ:
        for code, name in Locale.parse(locale).languages.items():
            if "_" not in code and _tag(code):
                found.setdefault(name.casefold(), code)
    return found
