"""One person as erasure and export know them: rows, ids, and what else would give them
away in a text. Pure.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any

CUSTOMER_ID = "customer_id"
EMAIL, PHONE = "email", "phone"
Key = tuple[str, str]  # kind of id, value


@dataclass(frozen=True)
class Person:
    """All rows of one person (or of several who are erased together), by primary key,
    and what they are known by.
    """

    customers: tuple[int, ...]
    ids: tuple[Key, ...] = ()
    names: tuple[str, ...] = ()  # first, last, whole
    facts: tuple[str, ...] = ()  # other attributes in words, such as a street

    def of_kind(self, kind: str) -> list[str]:
        """Return the ids of one kind."""
        return [value for said, value in self.ids if said == kind]

    def as_text(self) -> str:
        """Return all of it as JSON, to be sealed while an erasure is under way."""
        return json.dumps(asdict(self))

    @classmethod
    def joined(cls, people: "Sequence[Person]") -> "Person":
        """Return several people as one, for what is rewritten once for all of them."""
        return cls(
            *(
                tuple(dict.fromkeys(chain(*each)))
                for each in zip(*map(_facts, people), strict=True)
            )
        )

    @classmethod
    def from_text(cls, text: str) -> "Person":
        """Return what `as_text` wrote."""
        said = json.loads(text)
        ids = tuple((kind, value) for kind, value in said.pop("ids"))
        return cls(ids=ids, **{name: tuple(values) for name, values in said.items()})


def _facts(person: Person) -> tuple[tuple[Any, ...], ...]:
    return person.customers, person.ids, person.names, person.facts
