"""What customers said before it was read so: one spelling for what is stored already, by a migration."""

from collections.abc import Callable, Mapping
from typing import Any

from .ages import age_or_none
from .countries import country_or_none
from .genders import gender_or_none
from .languages import language_or_none
from .time_zones import zone_or_none

READERS: Mapping[str, Callable[[str], str | None]] = {
    "country": country_or_none,
    "language": language_or_none,
    "gender": gender_or_none,
    "time_zone": zone_or_none,
    "age": age_or_none,
}
OWN = """
    UPDATE profiles_customer SET {column} = said.meant, updated_at = now()
    FROM unnest(%s::text[], %s::text[]) AS said (word, meant) WHERE {column} = said.word
"""
# The own value of who shows another's, beside it
BORROWED = """
    UPDATE profiles_customer
    SET borrowed = jsonb_set(borrowed, '{{{column}}}', to_jsonb(said.meant))
    FROM unnest(%s::text[], %s::text[]) AS said (word, meant)
    WHERE borrowed <> '{{}}' AND borrowed ->> '{column}' = said.word
"""
WORDS = """
    SELECT {column} FROM profiles_customer WHERE {column} <> ''
    UNION SELECT borrowed ->> '{column}' FROM profiles_customer WHERE borrowed ? '{column}'
"""


def rewrite(cursor: Any) -> dict[str, int]:
    """Write what is stored as it would be written today; return by column how many words changed.

    One statement a column, for all customers. A word that means nothing to us stays as it is.
    """
    changed = {}
    for column, reader in READERS.items():
        cursor.execute(WORDS.format(column=column))
        words = [word for (word,) in cursor.fetchall() if word]
        meant = {
            word: said for word in words if (said := reader(word)) and said != word
        }
        changed[column] = len(meant)
        for statement in (OWN, BORROWED) if meant else ():
            cursor.execute(
                statement.format(column=column), [list(meant), list(meant.values())]
            )
    return changed
