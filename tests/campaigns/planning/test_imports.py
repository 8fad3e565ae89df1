"""Finished campaigns and whom they reached come in by file, once each."""

import pytest
from django.core.management import call_command

from campaigns.models import Campaign, Recipient
from tests.factories import make_campaign, make_customer

pytestmark = pytest.mark.django_db(transaction=True)
CAMPAIGNS = """campaign_id,name,starts_at,ends_at,kind,budget
1,Spring,2024-03-01,2024-03-31,A,1000
2,Summer,2024-06-01,2024-06-30,B,
3,Summer,2024-07-01,2024-07-31,B,50.5
"""


@pytest.fixture
def take_in(tmp_path):
    def take_in(kind: str, text: str) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        call_command("import_data", kind, str(path))

    return take_in


def facts() -> list[tuple]:
    return list(
        Campaign.objects.imported()
        .order_by("external_id")
        .values_list("external_id", "name", "kind", "budget")
    )


def test_campaigns_come_in_once_and_two_of_one_name_stay_two(take_in):
    take_in("campaigns", CAMPAIGNS)
    first = facts()
    assert [(one[0], one[1]) for one in first] == [
        ("1", "Spring"),
        ("2", "Summer"),
        ("3", "Summer (3)"),
    ]
    assert {one.state for one in Campaign.objects.all()} == {Campaign.State.STOPPED}
    take_in("campaigns", CAMPAIGNS)
    assert facts() == first


def test_a_campaign_of_ours_keeps_its_name(take_in):
    ours = make_campaign("Spring")
    take_in("campaigns", CAMPAIGNS)
    ours.refresh_from_db()
    assert (ours.name, facts()[0][1]) == ("Spring", "Spring (1)")


def test_later_facts_replace_earlier_ones(take_in):
    take_in("campaigns", CAMPAIGNS)
    take_in(
        "campaigns",
        "campaign_id,name,starts_at,ends_at\n1,Easter,2024-03-02,2024-03-31\n",
    )
    assert facts()[0] == ("1", "Easter", "A", 1000)


def test_recipients_come_in_once_with_what_nobody_described_yet(take_in):
    known = make_customer(external_id="c1")
    take_in("campaigns", CAMPAIGNS)
    said = "campaign_id,customer_id,arm\n1,c1,a\n1,c2,b\n9,c1,\n1,c1,a\n"
    for _ in range(2):
        take_in("recipients", said)
        found = list(
            Recipient.objects.values_list(
                "campaign__external_id", "customer__external_id", "arm"
            )
        )
        assert sorted(found) == [("1", "c1", "a"), ("1", "c2", "b"), ("9", "c1", "")]
    assert known.received_campaigns.count() == 2
    assert Campaign.objects.get(external_id="9").origin == Campaign.Origin.IMPORTED
