"""Functions that every engine has under a name of its own, for expressions over the
history.
"""

from datetime import datetime

import ibis
import ibis.expr.datatypes as dt

WALL_TIME = dt.Timestamp()


@ibis.udf.scalar.builtin(
    name="timezone", signature=((dt.string, dt.Timestamp(timezone="UTC")), WALL_TIME)
)
def at_zone(zone: str, moment: datetime) -> datetime:  # type: ignore[empty-body]
    """The wall time of a moment in a zone."""


@ibis.udf.scalar.builtin(
    name="json_extract_string", signature=((dt.string, dt.string), dt.string)
)
def json_text(document: str, path: str) -> str:  # type: ignore[empty-body]
    """What stands at a path of a JSON document, as text."""


@ibis.udf.scalar.builtin(
    name="epoch", signature=((dt.Timestamp(timezone="UTC"),), dt.float64)
)
def seconds(moment: datetime) -> float:  # type: ignore[empty-body]
    """Seconds since 1970 of a moment, with its fraction."""


def path_to(*names: str) -> str:
    """Return the JSON path to nested names, whatever characters they have."""
    return "$" + "".join('."' + name.replace('"', "") + '"' for name in names)
