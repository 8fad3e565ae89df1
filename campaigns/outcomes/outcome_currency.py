"""Amounts of different currencies are never added up."""

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.outcomes.customer_outcomes import Window
from campaigns.outcomes.metrics.base import BOUGHT_OR_RETURNED
from profiles.history import Tables


def mixed(tables: Tables, window: Window) -> str:
    """Say which currencies the assigned customers paid in, where it is more than the
    shop's own; else nothing.

    The tables `assigned` and `events` stand in the connection. An amount without a
    currency is the shop's.
    """
    types = ", ".join(f"'{one}'" for one in BOUGHT_OR_RETURNED)
    rows = tables.connection.execute(
        "SELECT DISTINCT currency FROM events WHERE currency <> '' AND currency <> ? "  # noqa: S608
        f"AND type IN ({types}) AND happened_at >= (SELECT min(assigned_at) FROM"
        " assigned) "
        "AND customer IN (SELECT customer FROM assigned)",
        [settings.SHOP_CURRENCY],
    ).fetchall()
    if not rows:
        return ""
    others = ", ".join(sorted(str(currency) for (currency,) in rows))
    return _("amounts stand in several currencies ({shop}, {others})").format(
        shop=settings.SHOP_CURRENCY, others=others
    )
