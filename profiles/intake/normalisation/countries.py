"""Countries by ISO 3166, two letters, from whatever people call them. Pure."""

from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

# Locales whose names for countries are understood, after the country's own languages.
READ = (
    "en de fr es it nl pl pt sv da nb fi cs sk hu ro tr el ru uk zh zh_Hant ja ko ar he"
    " hi th vi".split()
)
# What CLDR does not list: parts of a country that post asks for, old names, everyday
# ones.
EVERYDAY = {
    "GB": (
        "england scotland wales northern-ireland great-britain britain"
        " united-kingdom-of-great-britain"
    ),
    "US": "usa u.s. u.s.a. america united-states-of-america the-united-states",
    "NL": "holland the-netherlands",
    "DE": "brd federal-republic-of-germany bundesrepublik-deutschland",
    "CN": "prc mainland-china peoples-republic-of-china 中国大陆",
    "HK": "hong-kong hong-kong-sar",
    "MO": "macao macau",
    "CZ": "czech-republic česká-republika",
    "KR": "republic-of-korea south-korea",
    "RU": "russian-federation",
    "AE": "uae u.a.e.",
    "IE": "republic-of-ireland eire",
    "TR": "turkey turkiye",
    "VN": "viet-nam",
    "CI": "ivory-coast",
    "CH": "swiss",
}


@lru_cache(maxsize=16384)
def country_or_none(text: str) -> str | None:
    """Return the two letters of a country: DE for Germany, GERMANY, DEU, 276,
    Deutschland; None for none.
    """
    code = text.strip().upper()
    if code in codes():
        return code
    aliases = get_global("territory_aliases").get(code, [])
    if len(aliases) == 1 and aliases[0] in codes():
        return aliases[0]
    return _names().get(_plain(text))


@cache
def codes() -> frozenset[str]:
    """Return the codes of countries in use."""
    known = Locale.parse("en").territories
    no_countries = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    return (
        frozenset(code for code in map(str, known) if len(code) == 2 and code.isalpha())
        - no_countries
    )


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for locale in READ:
        for code, name in Locale.parse(locale).territories.items():
            if code in codes():
                found.setdefault(_plain(name), code)
    for code, words in EVERYDAY.items():
        found |= {_plain(word): code for word in words.split()}
    return found


def _plain(name: str) -> str:
    """Leave out what writers differ in: case, dots, hyphens, blanks."""
    words = (
        name.casefold().replace(".", "").replace("&", "and").replace("-", " ").split()
    )
    return " ".join(words)
