"""Amounts in other currencies count at their day's rate; without one they are never
added up.
"""

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.outcomes.customer_outcomes import Window
from campaigns.outcomes.metrics.base import BOUGHT_OR_RETURNED
from profiles.history import Tables


def without_rate(tables: Tables, window: Window) -> str:
    """Say in which currencies the assigned customers paid amounts that no rate turns
    into the shop's; else nothing.

    The tables `assigned` and `events` stand in the connection. An amount without a
    currency is the shop's.
    """
    types = ", ".join(f"'{one}'" for one in BOUGHT_OR_RETURNED)
    rows = tables.connection.execute(
        "SELECT DISTINCT currency FROM events WHERE currency <> '' AND currency <> ? AND revenue IS NULL "  # noqa: S608
        f"AND type IN ({types}) AND happened_at >= (SELECT min(assigned_at) FROM"
        " assigned) "
        "AND customer IN (SELECT customer FROM assigned)",
        [settings.SHOP_CURRENCY],
    ).fetchall()
    if not rows:
        return ""
    others = ", ".join(sorted(str(currency) for (currency,) in rows))
    return _("amounts in {others} have no rate in {shop}").format(
        shop=settings.SHOP_CURRENCY, others=others
    )
