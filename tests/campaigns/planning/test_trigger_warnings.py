"""What arming a trigger would come to in a week is said before, and has to be confirmed
in words where it speaks against it.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.lifecycle.apply import apply
from campaigns.models import CampaignVersion, Trigger
from campaigns.planning.trigger_warnings import trigger_outlook
from profiles.models import Consent
from retention_site.lib.clock import now
from tests.campaigns.planning.conftest import OFFER, campaign_of, someone
from tests.factories import make_colleague, make_event

pytestmark = pytest.mark.django_db(transaction=True)
CART = {"kind": "event", "events": ["cart"], "sample": {}, "cool_down": "7 days"}
N_LATELY = 30


@pytest.fixture(autouse=True)
def shop(shoppers, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    settings.GLOBAL_HOLDOUT = 0
    for days, some in ((2, shoppers[:N_LATELY]), (20, shoppers[N_LATELY:])):
        for one in some:
            make_event(one, kind="cart", at=now() - timedelta(days=days))


@pytest.fixture
def approver() -> Client:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    return client


def waiting(**changes) -> CampaignVersion:
    whole = {"segment": None, "trigger": CART, "offer": None, "holdout": 0.0}
    return apply(campaign_of(**{**whole, **changes}), by=someone()).version


def kinds(version: CampaignVersion) -> list[str]:
    seen = trigger_outlook(version)
    return [str(one.kind) for one in seen.warnings] if seen else []


def approve(client: Client, version: CampaignVersion, word: str = "") -> str:
    do = reverse("admin:campaigns_campaign_do", args=[version.campaign_id, "approve"])
    about = f"{version.number}:{version.hash}"
    answer = client.post(do, {"about": about, "again": word}, follow=True)
    version.refresh_from_db()
    return answer.content.decode()


def test_a_week_is_looked_at_and_nothing_speaks_against_it(approver):
    version = waiting()
    seen = trigger_outlook(version)
    assert (seen.n, seen.n_send, seen.warnings) == (N_LATELY, N_LATELY, ())
    approve(approver, version)
    assert version.state == "approved"
    assert Trigger.objects.filter(campaign=version.campaign).exists()


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"offer": {**OFFER, "cap": 5}}, "pool"),
        ({"offer": {**OFFER, "budget": 20}}, "budget"),
        ({"trigger": {**CART, "cool_down": ""}}, "again"),
        ({"topic": "news"}, "consent"),
    ],
)
def test_what_speaks_against_arming_is_confirmed_in_words(
    approver, shoppers, changes, kind
):
    if kind == "again":
        make_event(shoppers[0], kind="cart", at=now() - timedelta(days=1))
    if kind == "consent":
        Consent.objects.filter(customer__in=shoppers[:4]).update(status="withdrawn")
    version = waiting(**changes)
    assert kinds(version) == [kind]
    page = approver.get(
        reverse("campaign-arm", args=[version.campaign_id]), headers={"X-Dialog": "1"}
    ).content.decode()
    assert f'data-kind="{kind}"' in page
    for word in ("", "yes", "come back"):
        assert "type the campaign" in approve(approver, version, word)
        assert version.state == "in_review"
    approve(approver, version, "Come back")
    assert version.state == "approved"


def test_a_trigger_that_leaves_no_trace_is_armed_without_numbers(approver):
    version = waiting(trigger={"kind": "api", "sample": {}})
    assert trigger_outlook(version) is None
    page = approver.get(reverse("campaign-arm", args=[version.campaign_id]))
    assert "leaves no trace before" in page.content.decode()
    approve(approver, version)
    assert version.state == "approved"
