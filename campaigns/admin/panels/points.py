"""The customer's points: what is there, her tier, and how it came."""

from campaigns.offers.points import statements
from campaigns.offers.points.points_traits import TIER
from profiles.models import Customer, Portrait
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now

SHOWN = 10


def panel(customer: Customer) -> Panel:
    at, people = now(), list(customer.own_rows)
    lots = statements.open_lots(people, at)
    return Panel(
        "admin/panels/customer/points.html",
        Column.SIDE,
        {
            "balance": statements.available(lots),
            "pending": statements.pending(lots),
            "tier": _tier(customer),
            "next": next((lot for lot in lots if lot.expires_at), None),
            "lines": statements.statement(people, at)[:SHOWN],
        },
    )


def _tier(customer: Customer) -> str:
    """The portrait's, which the page has read already: no query more."""
    try:
        said = customer.portrait.traits.get(TIER, {})
    except Portrait.DoesNotExist:
        return ""
    return said.get("value") or ""
