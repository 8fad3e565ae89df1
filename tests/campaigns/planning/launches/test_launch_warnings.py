"""What a launch now would come to agrees with the launch; what speaks against it is said before, at every door."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from campaigns.models import CampaignVersion, CouponPool, Message, Run
from campaigns.planning.launch_warnings import outlook
from campaigns.rehearsal import rehearse
from profiles.models import Consent
from retention_site.lib.clock import now
from tests.campaigns.planning.conftest import OFFER, messages_of
from tests.factories import make_colleague

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(shoppers, settings, tmp_path):
    settings.HISTORY_DIR = tmp_path / "history"
    settings.GLOBAL_HOLDOUT = 0.2


@pytest.fixture
def signed_in() -> Client:
    client = Client()
    client.force_login(make_colleague(is_superuser=True))
    return client


def kinds(version: CampaignVersion) -> set[str]:
    return {str(one.kind) for one in outlook(version).warnings}


def sent_before(launched, version: CampaignVersion) -> Run:
    run = launched(version)
    Message.objects.filter(run=run, state="queued").update(state="sent", sent_at=now())
    Run.objects.filter(pk=run.pk).update(state=Run.State.FINISHED)
    return run


def test_the_numbers_are_those_of_the_launch(launched, make_approved):
    version = make_approved()
    seen = outlook(version)
    messages = list(messages_of(launched(version)).values())
    assert seen.n == len(messages) == 60
    assert seen.n_send == sum(one.state != "held" for one in messages)
    assert seen.n_control == sum(one.reason == "control group" for one in messages)
    assert seen.n_held_out == sum(one.is_held_out for one in messages)
    assert (seen.n_coupons, seen.money) == (seen.n_send, 5 * seen.n_send)
    assert seen.warnings == ()


def test_a_part_of_a_large_audience_is_looked_at_and_said_to_be(make_approved):
    version = make_approved()
    whole, part = outlook(version), outlook(version, most=20)
    assert (part.n, whole.is_scaled, part.is_scaled) == (whole.n, False, True)
    assert part.n_send + part.n_held == part.n
    assert abs(part.n_send - whole.n_send) < whole.n / 2


def test_looking_ahead_stores_nothing(make_approved):
    version = make_approved()
    before = (
        Run.objects.count(),
        Message.objects.count(),
        CouponPool.objects.get().n_issued,
    )
    outlook(version)
    assert (
        Run.objects.count(),
        Message.objects.count(),
        CouponPool.objects.get().n_issued,
    ) == before


def test_the_same_people_again_are_counted_in_sql(launched, make_approved):
    version = make_approved()
    run = sent_before(launched, version)
    n = Message.objects.filter(run=run, state="sent").count()
    (again,) = outlook(version).warnings
    assert again.words.startswith(
        f"{n} of them got this campaign in the last 7 days, last 0 minutes ago"
    )
    Message.objects.filter(run=run, state="sent").update(state="failed")
    assert kinds(version) == set(), "who got nothing is not told as having got it"


@pytest.mark.parametrize(
    ("offer", "kind", "n"),
    [
        ({"cap": 10, "budget": 5000}, "pool", 10),
        ({"cap": 1000, "budget": 60}, "budget", 12),
        ({"cap": 9, "budget": 60}, "pool", 9),
        ({"cap": 30, "budget": 60}, "budget", 12),
    ],
)
def test_a_pool_that_is_too_small_is_said(make_approved, offer, kind, n):
    seen = outlook(make_approved(offer={**OFFER, **offer}))
    (warned,) = seen.warnings
    assert (str(warned.kind), seen.n_coupons, seen.money) == (kind, n, Decimal(5 * n))
    assert f"{seen.n_send - n} customers get no message" in warned.words


def test_who_has_not_agreed_is_counted(make_approved, shoppers):
    Consent.objects.filter(customer__in=shoppers[:20]).update(status="withdrawn")
    version = make_approved()
    seen = outlook(version)
    (warned,) = seen.warnings
    assert str(warned.kind) == "consent"
    assert seen.n_others == int(warned.words.split()[0]) > 0


def test_a_repeated_run_asks_for_the_name_and_without_it_sends_nothing(
    launched, make_approved, signed_in
):
    version = make_approved()
    sent_before(launched, version)
    campaign, n_runs = version.campaign, Run.objects.count()
    act = reverse("admin:campaigns_campaign_do", args=[campaign.pk, "run"])
    ask = signed_in.get(
        reverse("campaign-run", args=[campaign.pk]), headers={"X-Dialog": "1"}
    ).content.decode()
    assert 'data-kind="again"' in ask
    about = ask.split('name="about" value="')[1].split('"')[0]
    for typed in ("", "come back", "yes"):
        page = signed_in.post(
            act, {"once": "a", "about": about, "again": typed}, follow=True
        ).content.decode()
        assert "got this campaign in the last 7 days" in page
    assert Run.objects.count() == n_runs
    signed_in.post(act, {"once": "a", "about": about, "again": campaign.name})
    assert Run.objects.count() == n_runs + 1


def test_the_dialog_shows_the_numbers_and_the_page_does_without_a_script(
    make_approved, signed_in
):
    version = make_approved(offer={**OFFER, "cap": 10})
    seen, address = (
        outlook(version),
        reverse("campaign-run", args=[version.campaign_id]),
    )
    for headers in ({}, {"X-Dialog": "1"}):
        page = signed_in.get(address, headers=headers).content.decode()
        assert f'id="ask-send">{seen.n_send}<' in page
        assert 'data-kind="pool"' in page
        assert ("<html" in page) == (not headers)


def test_the_command_warns_on_stderr_and_goes_on(launched, make_approved):
    version = make_approved()
    sent_before(launched, version)
    out, err = StringIO(), StringIO()
    call_command(
        "campaign", "run", version.campaign.name, "--json", stdout=out, stderr=err
    )
    assert "got this campaign in the last 7 days" in err.getvalue()
    assert "Warning" not in out.getvalue()
    assert Run.objects.count() == 2


@pytest.mark.parametrize("against", ["pool", "budget", "consent"])
def test_what_speaks_against_a_launch_is_confirmed_in_words_at_every_door(
    make_approved, shoppers, signed_in, against
):
    offers = {"pool": {"cap": 1}, "budget": {"budget": 6}, "consent": {}}
    if against == "consent":
        Consent.objects.filter(customer__in=shoppers[:20]).update(status="withdrawn")
    version = make_approved(offer={**OFFER, **offers[against]})
    campaign = version.campaign
    ask = signed_in.get(reverse("campaign-run", args=[campaign.pk])).content.decode()
    assert f'data-kind="{against}"' in ask
    assert 'name="again"' in ask
    about = ask.split('name="about" value="')[1].split('"')[0]
    act = reverse("admin:campaigns_campaign_do", args=[campaign.pk, "run"])
    signed_in.post(act, {"once": "a", "about": about, "again": "yes"})
    with pytest.raises(CommandError, match="type the campaign"):
        call_command("campaign", "run", campaign.name, "--guarded", stdout=StringIO())
    assert not Run.objects.exists()
    signed_in.post(act, {"once": "a", "about": about, "again": campaign.name})
    assert Run.objects.count() == 1


def test_the_guard_lets_through_what_nothing_speaks_against(make_approved):
    name = make_approved().campaign.name
    call_command("campaign", "run", name, "--guarded", stdout=StringIO())
    assert Run.objects.count() == 1


def test_the_rehearsal_says_the_same(launched, make_approved):
    version = make_approved()
    assert rehearse(version.campaign, now())["warnings"] == []
    sent_before(launched, version)
    (words,) = rehearse(version.campaign, now())["warnings"]
    assert "got this campaign in the last 7 days" in words
