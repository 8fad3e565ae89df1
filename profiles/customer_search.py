"""Find customers by what a person types: id, address, phone, or the beginnings of their names in any order."""

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from profiles.models import Customer

MOST = 10_000  # customers of one kind of match: whoever types a single letter is still typing
MOST_CHARACTERS = 200
# Each part has an index of its own; one condition with OR would read the whole table.
FOUND = """
    (SELECT id FROM profiles_customer WHERE external_id LIKE %(begins)s LIMIT %(most)s)
    UNION (SELECT id FROM profiles_customer WHERE email <> '' AND lower(email) LIKE %(small)s LIMIT %(most)s)
    UNION (SELECT id FROM profiles_customer WHERE phone <> '' AND phone LIKE %(begins)s LIMIT %(most)s)
    UNION (
        SELECT id FROM profiles_customer WHERE (first_name <> '' OR last_name <> '')
            AND profiles_name_words(first_name, last_name) @@ profiles_name_query(%(said)s) LIMIT %(most)s
    )
"""


def search(customers: QuerySet[Customer], said: str) -> QuerySet[Customer]:
    """Return those of ``customers`` whom these words mean; no words mean all."""
    said = said.strip()[:MOST_CHARACTERS]
    return (
        customers.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", (_ids(said),)))
        if said
        else customers
    )


def _ids(said: str) -> list[int]:
    """Ask for the keys first: knowing them, PostgreSQL reads just these rows in whatever order a list wants."""
    values: dict[str, str | int] = {
        "begins": _beginning(said),
        "small": _beginning(said.lower()),
        "said": said,
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(FOUND, values)
        return [pk for (pk,) in cursor]


def _beginning(said: str) -> str:
    """Return the pattern of what begins so; letters that mean something in a pattern mean themselves."""
    for letter in ("\\", "%", "_"):
        said = said.replace(letter, f"\\{letter}")
    return f"{said}%"
