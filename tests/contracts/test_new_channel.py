"""A channel is one file and its lines in the table: a pigeon goes through the whole
product.
"""

from decimal import Decimal

import pytest
import yaml
from django.test import Client
from django.urls import reverse

import retention_site.urls  # noqa: F401  the pages are found by it
from campaigns.content.parse import read
from campaigns.delivery import send
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.message_costs import ChannelCost, channel_costs
from campaigns.delivery.sinks import server
from campaigns.lifecycle import campaign_files
from campaigns.models import Message
from campaigns.rendering import links
from profiles.intake.normalisation.channels import channel_or_none
from profiles.models import Consent, Customer
from tests.contracts.throwaway.runs import planned
from tests.factories import make_colleague, make_consent, make_customer
from tests.sending import shop, taken  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]
PIGEON = "tests.contracts.throwaway.pigeon"
CAMPAIGN = """
name: Feathers
segment: {rule: {all: []}}
holdout: 0
arms: [{name: treated}]
channels: [pigeon]
limits: {per_week: 2}
messages:
  pigeon:
    text: "Dear {{ customer.first_name | default: 'friend' }}, corn is cheap."
    ring: "{{ customer.first_name | default: 'nobody' }}"
"""


@pytest.fixture
def pigeons(plug_in) -> None:
    plug_in("channels", "pigeon", f"{PIGEON}:Pigeon")
    plug_in("providers", "pigeon/loft", f"{PIGEON}:Loft")


@pytest.fixture
def sinks(pigeons, shop):  # noqa: F811
    with server.serving():
        yield


@pytest.fixture
def keeper(pigeons) -> Customer:
    """A customer with a loft, who agreed to pigeons."""
    found = make_customer(first_name="Ada", phone="", traits={"loft": "Dove cot 7"})
    make_consent(found, "pigeon")
    return found


@pytest.fixture
def signed_in(db) -> Client:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    return client


def test_a_campaign_file_speaks_by_it_and_is_silent_at_night(pigeons):
    content = read(campaign_files.parse(CAMPAIGN))
    assert content.channels == ("pigeon",)
    raw = {**yaml.safe_load(CAMPAIGN), "quiet_hours": {"start": "20:00"}}
    assert "pigeon" in read(raw).quiet_hours.channels


def test_without_its_line_in_the_table_it_is_refused():
    with pytest.raises(Exception, match="pigeon"):
        read(campaign_files.parse(CAMPAIGN))


def test_planning_asks_its_own_expression_for_who_is_reached(keeper):
    no_loft, no_consent = (
        make_customer(email=""),
        make_customer(email="", traits={"loft": "Dove cot 8"}),
    )
    make_consent(no_loft, "pigeon")
    run = planned(CAMPAIGN, keeper, no_loft, no_consent)
    found = {one.customer_id: one for one in Message.objects.filter(run=run)}
    assert found[keeper.pk].channel == "pigeon"
    assert found[no_loft.pk].reason == "no address"
    assert found[no_consent.pk].reason == "no consent"


def test_it_is_sent_costs_money_and_is_shown_in_inbox_and_customer_page(
    keeper, sinks, signed_in
):
    price = {"price": Decimal("0.5"), "currency": "EUR"}
    provider_settings.choose("pigeon", "loft", price, by=None)
    run = planned(CAMPAIGN, keeper)
    send.drain("bulk")
    message = Message.objects.get(run=run)
    assert (message.state, message.reason) == (Message.State.SENT, "")
    (line,) = taken("pigeon")
    assert line["to"] == ["Dove cot 7"]
    assert line["body"] == {
        "to": "Dove cot 7",
        "text": "Dear Ada, corn is cheap.",
        "ring": "Ada",
    }
    assert channel_costs(run) == [ChannelCost("pigeon", 1, 3, Decimal("1.5"), "EUR")]
    inbox = signed_in.get(reverse("inbox-channel", args=["pigeon"])).content.decode()
    assert "Carrier pigeon" in inbox
    assert '<p class="i-bubble">Dear Ada, corn is cheap.</p>' in inbox
    assert '<b id="n-pigeon">1</b>' in inbox
    page = reverse("admin:profiles_customer_change", args=[keeper.pk])
    assert "pigeon" in signed_in.get(page).content.decode()
    run_page = signed_in.get(
        reverse("admin:campaigns_campaign_change", args=[run.campaign_id])
    ).content.decode()
    assert 'id="cost-pigeon"' in run_page


def test_who_gives_it_up_gets_none_and_the_preference_centre_names_it(
    keeper, sinks, client
):
    run = planned(CAMPAIGN, keeper)
    message = Message.objects.get(run=run)
    page = client.get(links.preferences_url(message.pk)).content.decode()
    assert "Carrier pigeon" in page
    assert "Do•••" in page
    make_consent(keeper, "pigeon", Consent.Status.WITHDRAWN)
    send.drain("bulk")
    message.refresh_from_db()
    assert message.state != Message.State.SENT
    assert not taken("pigeon")


def test_its_consent_can_be_imported_and_its_settings_have_a_page(pigeons, signed_in):
    assert channel_or_none("Pigeon") == "pigeon"
    listed = signed_in.get(reverse("channels")).content.decode()
    assert "Carrier pigeon" in listed
    assert (
        "The loft"
        in signed_in.get(reverse("channel", args=["pigeon"])).content.decode()
    )
