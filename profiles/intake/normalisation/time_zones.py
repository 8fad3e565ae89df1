"""Time zones by their IANA names, from those of Windows and Rails, offsets, and names
in any case. Pure.
"""

import re
from functools import cache, lru_cache
from zoneinfo import available_timezones

from babel.core import get_global

# GMT+2, UTC-05:00, +0530
OFFSET = re.compile(r"(?:gmt|utc|z)?\s{0,3}([+\-\u2212])\s{0,3}(\d{1,2})(?::?(\d{2}))?")
UNIVERSAL = frozenset(
    "utc gmt z zulu etc/utc etc/gmt etc/uct uct universal utc+0 utc+00:00 gmt+0 +00:00".split()
)
LISTED = re.compile(
    r"\((?:gmt|utc)[^)]*\)\s*(.+)"
)  # (UTC-05:00) Eastern Time (US & Canada)
HALF_HOURS = {
    (1, 5, 30): "Asia/Kolkata",
    (1, 5, 45): "Asia/Kathmandu",
    (1, 6, 30): "Asia/Yangon",
    (1, 4, 30): "Asia/Kabul",
    (1, 3, 30): "Asia/Tehran",
    (1, 9, 30): "Australia/Darwin",
}
# Names that lists of Rails and Windows show and that are no city of the zone database.
EVERYDAY = {
    "eastern time (us & canada)": "America/New_York",
    "central time (us & canada)": "America/Chicago",
    "mountain time (us & canada)": "America/Denver",
    "pacific time (us & canada)": "America/Los_Angeles",
    "atlantic time (canada)": "America/Halifax",
    "indiana (east)": "America/Indiana/Indianapolis",
    "eastern time": "America/New_York",
    "central time": "America/Chicago",
    "mountain time": "America/Denver",
    "pacific time": "America/Los_Angeles",
    "edt": "America/New_York",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "cest": "Europe/Berlin",
    "bst": "Europe/London",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "hawaii": "Pacific/Honolulu",
    "alaska": "America/Anchorage",
    "arizona": "America/Phoenix",
    "saskatchewan": "America/Regina",
    "newfoundland": "America/St_Johns",
    "brasilia": "America/Sao_Paulo",
    "greenland": "America/Nuuk",
    "azores": "Atlantic/Azores",
    "edinburgh": "Europe/London",
    "bern": "Europe/Zurich",
    "kyiv": "Europe/Kyiv",
    "st. petersburg": "Europe/Moscow",
    "abu dhabi": "Asia/Dubai",
    "islamabad": "Asia/Karachi",
    "chennai": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "beijing": "Asia/Shanghai",
    "hanoi": "Asia/Bangkok",
    "osaka": "Asia/Tokyo",
    "sapporo": "Asia/Tokyo",
    "canberra": "Australia/Sydney",
    "wellington": "Pacific/Auckland",
}


@lru_cache(maxsize=16384)
def zone_or_none(text: str) -> str | None:
    """Return a zone's IANA name, the present one of two; None where there is no such
    zone.
    """
    plain = " ".join(text.casefold().split())
    if listed := LISTED.fullmatch(plain):
        plain = listed[1]
    if plain in UNIVERSAL:
        return "UTC"
    if found := _names().get(plain) or _names().get(plain.replace(" ", "_")):
        return get_global("zone_aliases").get(found, found)
    return _of_offset(plain)


def _of_offset(plain: str) -> str | None:
    said = OFFSET.fullmatch(plain)
    if said is None:
        return None
    sign, hours, minutes = (
        (1 if said[1] == "+" else -1),
        int(said[2]),
        int(said[3] or 0),
    )
    if minutes:
        return HALF_HOURS.get((sign, hours, minutes))
    name = f"Etc/GMT{'-' if sign > 0 else '+'}{hours}"  # POSIX counts westwards
    return "UTC" if not hours else name if name in available_timezones() else None


@cache
def _names() -> dict[str, str]:
    """Every name in small letters: cities where one zone alone has them, Windows'
    names, everyday ones.
    """
    zones = sorted(available_timezones() - {"localtime"})
    cities: dict[str, set[str]] = {}
    for zone in zones:
        if zone.startswith("Etc/"):
            continue  # Etc/GMT+2 is what people call GMT-2
        cities.setdefault(zone.rpartition("/")[2].casefold(), set()).add(zone)
    found = {city: min(of) for city, of in cities.items() if len(of) == 1}
    found |= {
        name.casefold(): zone
        for name, zone in get_global("windows_zone_mapping").items()
    }
    return found | EVERYDAY | {zone.casefold(): zone for zone in zones}
