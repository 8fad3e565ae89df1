"""Find the rows whose text or JSON speaks of a person, in tables that point at nobody."""

from typing import Any

from django.db.models import BooleanField, QuerySet, TextField
from django.db.models.expressions import RawSQL

from profiles.privacy.person_search import Sought

AT_ONCE = 1000


def speaking(rows: QuerySet[Any], column: str, sought: Sought) -> list[int]:
    """Return the keys of the rows whose ``column`` speaks of the person: the database
    picks, we look closely.
    """
    if not sought.ids:
        return []
    text = f'"{rows.model._meta.db_table}"."{column}"::text'
    is_text = isinstance(rows.model._meta.get_field(column), TextField)
    likely, params = f"lower({text}) LIKE ANY(%s)", [sought.likely(is_text=is_text)]
    if sought.endings:
        likely = f"({likely} OR regexp_replace({text}, '[^0-9]', '', 'g') LIKE ANY(%s))"
        params.append([f"%{ending}%" for ending in sought.endings])
    picked = rows.annotate(is_likely=RawSQL(likely, params, BooleanField())).filter(  # noqa: S611
        is_likely=True
    )
    return [
        pk
        for pk, said in picked.values_list("pk", column).iterator(AT_ONCE)
        if sought.speaks(said)
    ]


def masked(rows: QuerySet[Any], column: str, sought: Sought) -> int:
    """Mask the person in the texts of a column; return how many rows that changed."""
    n = 0
    for row in rows.filter(pk__in=speaking(rows, column, sought)):
        said = getattr(row, column)
        becomes = sought.masked_json(said)
        if becomes != said:
            n += rows.filter(pk=row.pk).update(**{column: becomes})
    return n
