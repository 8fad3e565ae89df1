"""What the shop's data really hold, for the fields of a rule: plug-ins of the group
``segment_choices``, each asked once in some minutes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.cache import cache
from django.utils.text import capfirst
from django.utils.translation import get_language

from profiles.history import tables
from profiles.history.functions import path_to
from profiles.models import Segment
from retention_site.lib import registry
from retention_site.lib.clock import now
from retention_site.lib.sql_quoting import quoted_text

from ..predicates.event_filter import VERBS
from ..predicates.trait import ATTRIBUTES

KEPT_SECONDS = 300
MOST_KEPT = 2_000  # values of one source
MOST_SHOWN = 30
# what names one person: a list of its values would be a list of people
OF_ONE_PERSON = frozenset(
    ("customer_id", "email", "phone", "first_name", "last_name", "birth_date")
)
# what is masked for those who may not read it, and so can't be guessed at by a rule
PERSONAL = frozenset(("email", "phone", "last_name", "birth_date"))


@dataclass(frozen=True)
class Choice:
    """A value that a rule may name, how it is called, and how many have it."""

    value: str
    label: str
    n: int | None = None


Maker = Callable[[str], Iterable[Choice]]


def choices(source: str, said: str = "", of: str = "") -> list[Choice]:
    """Return the values of a source that contain what was typed, the largest first.

    ``of`` names the trait whose values are asked for. Raise `registry.UnknownPlugin`.
    """
    maker: Maker = registry.load("segment_choices", source)
    key = f"segment-choices:{source}:{of}:{get_language()}".replace(" ", "_")[:200]
    known = cache.get_or_set(key, lambda: list(maker(of))[:MOST_KEPT], KEPT_SECONDS)
    wanted = said.strip().casefold()
    found = [
        one
        for one in known or ()
        if wanted in one.label.casefold() or wanted in one.value.casefold()
    ]
    if wanted:
        found.sort(key=lambda one: not one.label.casefold().startswith(wanted))
    return found[:MOST_SHOWN]


def meant(source: str, words: str) -> str | None:
    """Return the value of a source that words name, whatever their case; of a category
    its last level is enough.
    """
    wanted = words.strip().casefold()
    for one in choices(source, words.strip()):
        names = {one.value.casefold(), one.label.casefold()}
        if source == "category":
            names.add(one.value.rpartition(">")[2].strip().casefold())
        if wanted in names:
            return one.value
    return None


def label(source: str, value: str) -> str:
    """Say what a value of a source is called, without looking at the data."""
    if source == "event_type":
        return capfirst(str(VERBS.get(value, value)))
    return _trait_title(value) if source == "trait" else value


def event_types(_of: str) -> list[Choice]:
    """The names of events that were seen."""
    return [
        Choice(type_, label("event_type", type_), n)
        for type_, n in _asked("SELECT type, count(*) FROM events GROUP BY 1")
    ]


def categories(_of: str) -> list[Choice]:
    """Every level of the categories, by how many purchases were made in it."""
    sold = _asked(
        "SELECT items.category, count(events.item_id) FROM items LEFT JOIN ("
        "SELECT item_id FROM events WHERE type = 'purchase') AS events USING (item_id)"
        " WHERE items.category <> '' GROUP BY 1"
    )
    n: Counter[str] = Counter()
    for path, times in sold:
        levels = [level.strip() for level in path.split(">")]
        for depth in range(1, len(levels) + 1):
            n[" > ".join(levels[:depth])] += times
    return [Choice(path, path, times) for path, times in n.most_common()]


def brands(_of: str) -> list[Choice]:
    return _same("SELECT brand, count(*) FROM items WHERE brand <> '' GROUP BY 1")


def items(_of: str) -> list[Choice]:
    """What was bought most, by its title."""
    rows = tables(now()).run(
        "SELECT items.item_id, items.title, count(events.item_id) AS n FROM items"
        " LEFT JOIN (SELECT item_id FROM events WHERE type = 'purchase') AS events"
        f" USING (item_id) GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT {MOST_KEPT}"
    )
    return [
        Choice(one["item_id"], one["title"] or one["item_id"], one["n"])
        for one in rows.to_pylist()
    ]


def campaigns(_of: str) -> list[Choice]:
    """Campaigns by the name that events call them."""
    return _same("SELECT campaign_id, count(*) FROM events GROUP BY 1")


def coupon_codes(_of: str) -> list[Choice]:
    return _same("SELECT coupon_code, count(*) FROM events GROUP BY 1")


def traits(_of: str) -> list[Choice]:
    """Attributes, traits of the portrait, and what came with files."""
    keys = "SELECT unnest(json_keys(traits)) AS key FROM {} WHERE traits IS NOT NULL"
    of_files = [
        key
        for key, _n in _asked(
            f"SELECT key, count(*) FROM ({keys.format('customers')}) GROUP BY 1"
        )
    ]
    given = [*registry.keys("traits"), *registry.keys("given_traits")]
    named = dict.fromkeys((*ATTRIBUTES, *given, *of_files))
    return [Choice(key, _trait_title(key)) for key in named]


def trait_values(of: str) -> list[Choice]:
    """What a trait holds; of what names one person nothing."""
    if not of or of in OF_ONE_PERSON:
        return []
    if of in ATTRIBUTES:
        return _same(
            f'SELECT CAST("{of}" AS VARCHAR), count(*) FROM customers GROUP BY 1'
        )
    place = "customers" if of not in _drawn() else "portraits"
    path = path_to(of, "value") if of in _drawn() else path_to(of)
    return _same(
        f"SELECT json_extract_string(traits, {quoted_text(path)}), count(*) FROM {place} GROUP BY 1"
    )


def scores(_of: str) -> list[Choice]:
    return _same("SELECT kind, count(*) FROM scores GROUP BY 1")


def channels(_of: str) -> list[Choice]:
    """The channels, by how many customers said something about them."""
    said = dict(_asked("SELECT channel, count(*) FROM consents GROUP BY 1"))
    keys = dict.fromkeys((*registry.keys("channels"), *said))
    return [Choice(key, key, said.get(key, 0)) for key in keys]


def topics(_of: str) -> list[Choice]:
    return _same("SELECT topic, count(*) FROM consents GROUP BY 1")


def segments(_of: str) -> list[Choice]:
    named = Segment.objects.order_by("name").only("name", "title", "n_members")
    return [Choice(one.name, str(one), one.n_members) for one in named]


def _drawn() -> set[str]:
    return {*registry.keys("traits"), *registry.keys("given_traits")}


def _trait_title(key: str) -> str:
    for group in ("traits", "given_traits"):
        if key in registry.keys(group):
            return str(getattr(registry.load(group, key), "title", key))
    return capfirst(key.replace("_", " "))


def _same(sql: str) -> list[Choice]:
    return [Choice(value, value, n) for value, n in _asked(sql)]


def _asked(sql: str) -> list[tuple[str, int]]:
    """Return values and how many there are of each, the largest first."""
    found = tables(now()).run(
        f"SELECT value, n FROM ({sql}) AS found (value, n)"
        f" WHERE value <> '' ORDER BY n DESC, value LIMIT {MOST_KEPT}"
    )
    return list(zip(*(found[name].to_pylist() for name in ("value", "n")), strict=True))
