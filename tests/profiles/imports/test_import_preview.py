"""What an import would come to is what it comes to, and looking stores nothing."""

import pytest

from campaigns.models import Campaign
from profiles.intake.import_preview import preview
from profiles.intake.imports import load
from profiles.models import Consent, Customer, Event, Item, OrderFile, QuarantinedRow
from tests import factories as make

pytestmark = pytest.mark.django_db

CUSTOMERS = """customer_id,email,first_name
c1,a@post.example,Ada
c2,not an address,Bo
c3,c@post.example,Cy
c3,,Cyd
,d@post.example,Di
"""
EVENTS = """customer_id,type,at,item_id,order_id,quantity,price,event_id
c1,purchase,2024-03-01T10:00:00Z,i1,o1,2,1.50,e1
c9,purchase,2024-03-01T10:00:00Z,i1,o2,2,1.50,e2
c9,view,2024-13-01T10:00:00Z,i1,,,,e3
"""
CONSENTS = """customer_id,channel,status,at
c1,email,granted,2024-01-01T00:00:00Z
c9,sms,maybe,2024-01-01T00:00:00Z
c9,email,no,2024-01-01T00:00:00Z
"""
ITEMS = "item_id,title,price\ni1,Bread,2.5\ni2,Oil,x\n"
RATES = "currency,date,rate\nGBP,2024-01-01,1.2\nUSD,2024-01-01,0\n"
FILES = {
    "customers": CUSTOMERS,
    "events": EVENTS,
    "consents": CONSENTS,
    "items": ITEMS,
    "rates": RATES,
}


def stored() -> list[int]:
    kinds = (Customer, Event, Consent, Item, QuarantinedRow, OrderFile)
    return [model.objects.count() for model in kinds]


@pytest.mark.parametrize("kind", FILES)
def test_a_look_counts_as_the_import_does_and_stores_nothing(
    kind, tmp_path, settings
) -> None:
    settings.SHOP_CURRENCY = "EUR"
    path = tmp_path / "rows.csv"
    path.write_text(FILES[kind])
    make.make_customer(external_id="c1", email="a@post.example", first_name="Old")
    before = stored()
    for _time in range(2):  # a file that is new, and one that was imported before
        foreseen = preview(kind, path)
        assert stored() == before
        answer = load(kind, path)
        assert (foreseen["read"], foreseen["new"], foreseen["updated"]) == (
            answer["read"],
            answer["stored"],
            answer["updated"],
        )
        assert foreseen["refused"] == answer["quarantined"]
        assert foreseen["duplicates"] == answer["duplicates"]
        assert {one["reason"]: one["n"] for one in foreseen["reasons"]} == answer[
            "reasons"
        ]
        before = stored()


def test_examples_show_what_is_wrong_and_what_changes(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(CUSTOMERS)
    make.make_customer(external_id="c1", email="a@post.example", first_name="Old")
    found = preview("customers", path)
    wrong = {one["column"]: one["examples"] for one in found["reasons"]}
    assert wrong["email"][0]["line"] == 3
    assert wrong["email"][0]["value"] == "not an address"
    assert wrong["email"][0]["row"]["first_name"] == "Bo"
    assert found["changes"] == (("c1", {"first_name": ("Old", "Ada")}),)
    assert found["new_rows"][0]["first_name"] == "Cyd"


def test_events_say_which_customers_are_seen_first(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(EVENTS)
    make.make_customer(external_id="c1")
    assert preview("events", path)["new_customers"] == 1


def test_finished_campaigns_can_be_looked_at_too(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "campaign_id,name,starts_at,ends_at\nx1,Old,2024-01-01,2024-02-01\n"
    )
    assert preview("campaigns", path)["new"] == 1
    assert not Campaign.objects.exists()
