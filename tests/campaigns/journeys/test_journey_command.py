"""`manage.py journey`: from a file to customers who are moved by real workers and
written to by SMTP.
"""

import json
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from campaigns import tasks
from campaigns.models import Campaign, Message, Trigger
from profiles.intake.ingest import EventIn, ingest
from profiles.models import Customer
from retention_site.lib.clock import now
from tests.campaigns.journeys.inside import CART, diary, ends, people
from tests.sending import eventually, make_customers, taken

pytestmark = pytest.mark.django_db(transaction=True)
SOON = {**CART, "steps": [{"wait": "0.02 minutes"}, *CART["steps"][1:]]}


@pytest.fixture
def say(capsys):
    def say(*words: str) -> dict:
        call_command("journey", *words, "--json")
        return json.loads(capsys.readouterr().out.strip().splitlines()[-1])

    return say


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "cart.yaml"
    path.write_text(yaml.safe_dump(SOON))
    return str(path)


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("journey", *words)
    return str(caught.value)


def happens(customer: Customer, kind: str, cart: str) -> None:
    properties = {"cart_id": cart}
    event = EventIn(customer.pk, kind, now(), f"{kind}{cart}", properties=properties)
    ingest([event], source="test")


def test_two_carts_of_one_customer_side_by_side(
    say,
    file,
    local_sinks,
    celery_workers,
):
    people()
    (customer,) = make_customers(1, "email")
    applied = say("apply", file, "--by", "author")
    assert (applied["version"], applied["state"]) == (1, "in_review")
    assert "wrote" in refused("approve", "Cart", "--by", "author")
    say("approve", "Cart", "--by", "approver")
    assert say("show", "Cart")["state"] == "draft"
    celery_workers()
    published = say("publish", "Cart")
    assert (published["state"], published["changed"]) == ("published", True)
    happens(customer, "cart", "a")
    happens(customer, "cart", "b")
    assert eventually(lambda: len(ends(customer)) == 2, 20), "event to entry"
    happens(customer, "purchase", "a")
    assert eventually(lambda: taken(), 30, tasks.sweep_journeys)
    assert eventually(lambda: sorted(ends(customer)) == ["end", "goal reached"], 10)
    assert len(taken()) == 1
    assert Message.objects.get(state="sent").context["data"]["cart_id"] == "b"
    assert diary(customer)[-1] == ("remind", "done")
    assert say("drain", "Cart")["state"] == "draining"
    assert say("stop", "Cart")["state"] == "stopped"


def test_one_customer_is_taken_out_and_mistakes_are_told(say, file):
    people()
    (customer,) = make_customers(1, "email")
    say("apply", file)
    assert "no approved version" in refused("publish", "Cart")
    say("approve", "Cart", "--by", "approver")
    say("publish", "Cart")
    Trigger.objects.update(since=now())
    assert say("remove", "Cart", customer.external_id)["left"] == 0
    assert "There is no customer" in refused("remove", "Cart", "nobody")
    assert "There is no journey" in refused("pause", "nothing")
    assert "is not old=new" in refused("publish", "Cart", "--map", "x")
    assert say("pause", "Cart")["state"] == "paused"
    assert say("resume", "Cart")["state"] == "published"
    Campaign.objects.get(name="Cart › remind")
    with pytest.raises(CommandError, match="is a journey"):
        call_command("campaign", "pause", "Cart")
