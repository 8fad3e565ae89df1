"""What is said about a customer: the words of tracking calls and shops, turned into our
columns. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from profiles.intake import values
from profiles.intake.normalisation.countries import country_or_none
from profiles.intake.values import Refused

OTHER = "traits."  # attributes without a column of their own
MOST_NAME_CHARACTERS = 200
MOST_TRAITS = 500


@dataclass(frozen=True, slots=True)
class Reading:
    """By what values are read: the present, the shop's zone, and the country of a phone
    number without one.
    """

    now: datetime
    zone: ZoneInfo
    country: str


Cleaner = Callable[[Any, str, Reading], Any]


def _text(value: Any, column: str, _reading: Reading) -> Any:
    return values.text(value, column)


COLUMNS: dict[str, Cleaner] = {
    "email": lambda value, column, _reading: values.email(value, column),
    "phone": lambda value, column, reading: values.phone(
        value, column, country=reading.country
    ),
    "first_name": _text,
    "last_name": _text,
    "gender": lambda value, column, _reading: values.gender(value, column),
    "birth_date": lambda value, column, reading: values.day(
        value, column, now=reading.now
    ),
    "age": lambda value, column, _reading: values.age(value, column),
    "region": _text,
    "country": lambda value, column, _reading: values.country(value, column),
    "language": lambda value, column, _reading: values.language(value, column),
    "time_zone": lambda value, column, _reading: values.time_zone(value, column),
    "signed_up_at": lambda value, column, reading: values.moment(
        value, column, now=reading.now, zone=reading.zone
    ),
}
# A bad one costs itself, not the person or the order that it came with.
DISPENSABLE = frozenset(
    "phone gender birth_date age country language time_zone".split()
)
# The reserved traits of the Segment spec, and what they are called here.
RESERVED = {
    "firstName": "first_name",
    "lastName": "last_name",
    "birthday": "birth_date",
    "createdAt": "signed_up_at",
    "timezone": "time_zone",
    "locale": "language",
}
NULLABLE = ("birth_date", "signed_up_at")


def attributes_of(
    traits: Mapping[str, Any], reading: Reading, lost: list[Refused]
) -> dict[str, Any]:
    """Return column or ``traits.name`` → clean value; None unsays it. Raise `Refused`
    naming the bad trait.

    What can be done without is left out where it is bad, and noted in ``lost``.
    """
    if len(traits) > MOST_TRAITS:
        raise Refused("traits", f"more than {MOST_TRAITS} traits")
    said = dict(_unfolded(traits))
    if isinstance(country := said.get("country"), str) and (
        code := country_or_none(country)
    ):
        reading = Reading(reading.now, reading.zone, code)
    found: dict[str, Any] = {}
    for name, value in said.items():
        try:
            found[name if name in COLUMNS else OTHER + name] = _clean(
                name, value, reading
            )
        except Refused as refused:
            if name not in DISPENSABLE:
                raise
            lost.append(refused)
    return found


def _unfolded(traits: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Traits under our names; what stands deeper (address, whole name) comes first, so
    that the plain one wins.
    """
    found: list[tuple[str, Any]] = []
    address = traits.get("address")
    if isinstance(address, dict):
        found += [("country", address.get("country")), ("region", address.get("state"))]
    name = traits.get("name")
    if (
        isinstance(name, str)
        and name.strip()
        and not {"firstName", "lastName", "first_name"} & traits.keys()
    ):
        first, _, last = name.strip().partition(" ")
        found += [("first_name", first), ("last_name", last.strip())]
    found = [(name, value) for name, value in found if value is not None]
    return found + [(RESERVED.get(name, name), value) for name, value in traits.items()]


def _clean(name: str, value: Any, reading: Reading) -> Any:
    if clean := COLUMNS.get(name):
        return clean(value, name, reading)
    if not name or len(name) > MOST_NAME_CHARACTERS:
        raise Refused(name[:40] or "traits", "not a trait's name")
    if isinstance(value, str):
        return values.text(value, name)
    return values.tree(value, name)
