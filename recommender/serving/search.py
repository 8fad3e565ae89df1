"""Find items by what somebody types, in any language that the model in use reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from django.db import connection

from recommender.encoders.scripts import HAN
from recommender.vectors.encoding import for_queries
from recommender.vectors.item_space import places
from recommender.vectors.store import Floats

from .ready_lists import on_sale

MOST_WORDS = 16
# Chinese, Japanese, Thai and Lao are written without spaces
UNSPACED = re.compile(f"([{HAN}\u3040-\u30ff\u0e00-\u0eff]+)")
MOST_CHARACTERS = 300  # of a query
SPARE = 20  # more are looked for than are wanted: some may not be shown
SHORTEST = 2  # characters of a word in a script with spaces

BY_WORDS = """
    SELECT external_id, score FROM (
        SELECT external_id, id, (
            SELECT count(*) FILTER (WHERE title ILIKE word) * 2 + count(*) FILTER (WHERE category ILIKE word
                OR brand ILIKE word OR description ILIKE word) FROM unnest(%(words)s::text[]) AS word
        )::float / (3 * cardinality(%(words)s::text[])) AS score
        FROM profiles_item WHERE available AND (title || ' ' || category || ' ' || brand) ILIKE ANY (%(words)s)
    ) AS matched ORDER BY score DESC, id LIMIT %(k)s
"""


@dataclass(frozen=True)
class Found:
    """Items, best first, and how they were found."""

    # id, and a score that compares within this list only
    items: list[tuple[str, float]]
    engine: str  # "content" by meaning, "lexical" by words
    # "": by meaning; else what kept the model from being used: no_model, slow_model,
    # unreadable
    why: str


def search(text: str, k: int = 20) -> Found:
    """Find by meaning where the model runs here and reads the text, else by the words
    themselves.

    What the shop never recommends is not found.
    """
    found = _search(" ".join(text.split())[:MOST_CHARACTERS], k + SPARE)
    allowed = on_sale({item for item, _score in found.items})
    return replace(
        found, items=[pair for pair in found.items if pair[0] in allowed][:k]
    )


def _search(text: str, k: int) -> Found:
    there, ready = places(), for_queries()
    if there is None:
        return Found(found_by_words(text, k), "lexical", "no_model")
    if ready is None or ready[0].name != there.about.space:
        return Found(found_by_words(text, k), "lexical", "slow_model")
    vector = _vector(text, ready[0].name)
    if vector is None:
        return Found(found_by_words(text, k), "lexical", "unreadable")
    return Found(
        there.nearest(there.centred(vector[None], [text])[0], k), "content", ""
    )


def found_by_words(text: str, k: int) -> list[tuple[str, float]]:
    """Find items on sale that hold most of the words, the title counting double."""
    # some shops name things by pictures
    said = re.findall(r"\w+", text) or text.split()
    words = [word for word in said if len(word) >= SHORTEST or not word.isascii()]
    words = [part for word in words for part in _parts(word)][:MOST_WORDS]
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            BY_WORDS, {"words": [f"%{_plain(word)}%" for word in words], "k": k}
        )
        return [(item, float(score)) for item, score in cursor.fetchall()]


def _parts(word: str) -> list[str]:
    """Split what is written without spaces into pairs of characters: a title holds
    them in another order, and with others between.
    """
    runs = UNSPACED.split(word)
    return [
        part
        for place, run in enumerate(runs)
        for part in (_pairs(run) if place % 2 else [run])
        if part
    ]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(max(len(run) - 1, 1))]


def _plain(word: str) -> str:
    """Take their meaning from the characters that stand for others in a pattern."""
    return re.sub(r"([\\%_])", r"\\\1", word)


@lru_cache(maxsize=1_000)
def _vector(text: str, space: str) -> Floats | None:
    """Encode a text; None where the model can't read it. Asked again, it is there at
    once.
    """
    ready = for_queries()
    if ready is None or not ready[1].can_read([text])[0]:
        return None
    return ready[1].encode([text])[0]
