"""Groups of customers that were there before chance chose: how much they bought, and
what the shop says of them.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from profiles.history import Tables
from retention_site.lib.sql_quoting import quoted_name

ATTRIBUTES = ("region", "country", "gender", "age", "language")
MOST_ATTRIBUTES = 2
MOST_VALUES = 12
# of the customers; the others would be the largest group, and nobody knows who they are
MOSTLY_KNOWN = 0.5


@dataclass(frozen=True)
class Stratum:
    """A name for people, and SQL over `assignments`, the measured tables and
    `customers` that gives the group.
    """

    name: str
    sql: str
    needs_customers: bool = False


def strata_of(tables: Tables, measured: str, spent: str) -> list[Stratum]:
    """Return what customers may be parted by. `measured` holds a column `spent` for the
    time before assignment.
    """
    found = []
    column = f"{measured}_before.{quoted_name(spent)}"
    (middle,) = tables.connection.execute(
        f"SELECT approx_quantile({quoted_name(spent)}, 0.5) FROM {measured}"  # noqa: S608
        f" WHERE is_before AND {quoted_name(spent)} > 0"
    ).fetchall()[0]
    if middle is not None:
        names = [
            _("nothing").replace("'", "’"),
            _("little").replace("'", "’"),
            _("much").replace("'", "’"),
        ]
        sql = (
            f"CASE WHEN coalesce({column}, 0) <= 0 THEN '1 {names[0]}' WHEN {column} <="
            f" {float(middle)!r} THEN '2 {names[1]}' ELSE '3 {names[2]}' END"
        )
        found.append(Stratum(_("bought before"), sql))
    return [*found, *_attributes(tables)]


def _attributes(tables: Tables) -> list[Stratum]:
    """Those of the customers' own attributes that part most of them into a few groups."""
    asked = ", ".join(
        f"approx_count_distinct(nullif({name}, '')), count(nullif({name}, '')) /"
        " greatest(count(*), 1)"
        for name in ATTRIBUTES
    )
    found = tables.connection.execute(f"SELECT {asked} FROM customers").fetchall()[0]  # noqa: S608
    told = zip(ATTRIBUTES, found[::2], found[1::2], strict=True)
    few = [
        name
        for name, n, share in told
        if 2 <= n <= MOST_VALUES and share >= MOSTLY_KNOWN
    ]
    return [
        Stratum(name, f"nullif(customers.{name}, '')", needs_customers=True)
        for name in few[:MOST_ATTRIBUTES]
    ]
