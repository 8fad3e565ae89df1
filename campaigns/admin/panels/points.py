"""The customer's points: what is there, and how it came."""

from campaigns.offers.points import statements
from campaigns.offers.points.ledger import customers_of_person
from profiles.models import Customer
from retention_site.lib.admin.panels import Column, Panel
from retention_site.lib.clock import now

SHOWN = 10


def panel(customer: Customer) -> Panel:
    at = now()
    people = customers_of_person(customer)
    lots = statements.open_lots(people, at)
    return Panel(
        "admin/panels/customer/points.html",
        Column.SIDE,
        {
            "balance": sum(lot.points for lot in lots),
            "next": next((lot for lot in lots if lot.expires_at), None),
            "lines": statements.statement(people, at)[:SHOWN],
        },
    )
