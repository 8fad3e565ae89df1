"""A contact limit and a rate name what exists; one from before that names nothing is said to limit nothing."""

import pytest
from django.urls import reverse

from campaigns.admin.delivery.limits import provider_help
from campaigns.models import CampaignVersion, ContactLimit, ProviderRate
from tests import factories as make

pytestmark = pytest.mark.django_db
ADD = "admin:campaigns_contactlimit_add"
LIMIT = {
    "most": 2,
    "window": "week",
    "campaign_class": "",
    "channel": "",
    "reserved": 0,
    "reserved_to": 50,
}
QUIET = {"start": "21:00", "end": "08:00", "channels": ["sms", "push"]}


@pytest.fixture
def newsletter():
    campaign = make.make_campaign("News")
    content = {
        "channels": ["email"],
        "campaign_class": "newsletter",
        "quiet_hours": QUIET,
        "limits": {"per_week": 1},
    }
    make.make_version(campaign, CampaignVersion.State.APPROVED, content=content)


def test_channels_and_classes_are_offered_as_they_exist(signed_in, newsletter):
    page = signed_in.get(reverse(ADD)).content.decode()
    for key in ("email", "sms", "push", "web_push", "newsletter"):
        assert f'<option value="{key}"' in page
    assert '<option value="webhook"' not in page, (
        "a webhook reaches a system, not a person"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "e-mail"},
        {"channel": "webhook"},
        {"channel": "Email"},
        {"campaign_class": "blabla"},
        {"campaign_class": "Newsletter"},
        {"most": 0, "reserved": 0},
        {"window": "year"},
    ],
)
def test_what_would_limit_nothing_is_refused(signed_in, newsletter, wrong):
    answer = signed_in.post(reverse(ADD), {**LIMIT, **wrong})
    assert answer.status_code == 200
    assert not ContactLimit.objects.exists()


def test_what_exists_is_kept(signed_in, newsletter):
    signed_in.post(
        reverse(ADD), {**LIMIT, "channel": "sms", "campaign_class": "newsletter"}
    )
    assert ContactLimit.objects.values_list("channel", "campaign_class").get() == (
        "sms",
        "newsletter",
    )


def test_rows_from_before_are_shown_as_limiting_nothing(signed_in, newsletter):
    ContactLimit.objects.create(most=2, window="week", channel="e-mail")
    ContactLimit.objects.create(most=3, window="week", campaign_class="blabla")
    ContactLimit.objects.create(
        most=4, window="week", campaign_class="newsletter", channel="email"
    )
    person = make.make_customer()
    listed = signed_in.get(
        reverse("admin:campaigns_contactlimit_changelist")
    ).content.decode()
    page = signed_in.get(
        reverse("admin:profiles_customer_change", args=[person.pk])
    ).content.decode()
    for html in (listed, page):
        assert "there is no channel “e-mail”" in html
        assert "no campaign is of the class “blabla”" in html
        assert html.count("limits nothing") == 2


def test_quiet_hours_are_read_beside_the_limits(signed_in, newsletter):
    listed = signed_in.get(
        reverse("admin:campaigns_contactlimit_changelist")
    ).content.decode()
    quiet = listed.split('id="quiet-hours"')[1].split("</section>")[0]
    assert "21:00 – 08:00" in quiet
    assert "News" in quiet


def test_a_rate_names_each_provider_once_and_no_inner_address(signed_in, settings):
    page = signed_in.get(reverse("admin:campaigns_providerrate_add")).content.decode()
    assert "127.0.0.1" not in page
    assert (
        provider_help([])
        == "All messages go to the local sinks now, which need no rate."
    )
    assert provider_help(["smtp://mail.example:587"]).startswith(
        "smtp://mail.example:587; or"
    )
    assert provider_help(["a", "b"]).startswith("One of a, b; or")


def test_a_rate_of_nobody_is_said_to_limit_nothing(signed_in, settings):
    settings.SMS_URL = "https://sms.example/send"
    ProviderRate.objects.create(provider="https://sms.example:443", per_second=5)
    ProviderRate.objects.create(provider="https://sms.exmaple:443", per_second=5)
    ProviderRate.objects.create(provider="https://sms.example:443@web.de", per_second=5)
    listed = signed_in.get(
        reverse("admin:campaigns_providerrate_changelist")
    ).content.decode()
    assert listed.count("limits nothing") == 1
    assert listed.count("https://sms.example:443, ") == 0


def test_the_page_says_that_windows_are_the_customers_calendar(signed_in, newsletter):
    form = signed_in.get(reverse(ADD)).content.decode()
    assert "from midnight, from Monday, from the 1st" in form
    listed = signed_in.get(reverse("admin:campaigns_contactlimit_changelist"))
    assert "own day, week from Monday and month" in listed.content.decode()
