"""Whoever signs in is led nowhere that is closed to her: every link of the first page
and of the menu opens.
"""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from tests.factories import make_colleague
from tests.small_shop import small_shop

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|hx-get|action)="(/admin/[^"#]*)"')
SIGN_OUT = ("/admin/logout/", "/admin/password_change/")
VIEWS = (
    "profiles.customer",
    "profiles.segment",
    "profiles.item",
    "profiles.job",
    "profiles.quarantinedrow",
    "profiles.inboundsource",
    "profiles.apikey",
    "profiles.merge",
    "profiles.customergroup",
    "profiles.retentionperiod",
    "recommender.modelversion",
    "recommender.listrules",
    "campaigns.campaign",
    "campaigns.message",
    "campaigns.effectreport",
    "campaigns.couponpool",
    "campaigns.template",
    "campaigns.channelsettings",
    "campaigns.contactlimit",
    "campaigns.providerrate",
    "auth.user",
)
ANALYST = [
    f"{one.partition('.')[0]}.view_{one.partition('.')[2]}"
    for one in (
        "profiles.customer",
        "profiles.segment",
        "campaigns.campaign",
        "campaigns.effectreport",
    )
]
SETS = {
    "nothing": [],
    "analyst": ANALYST,
    "marketer": [
        *ANALYST,
        "campaigns.change_campaign",
        "campaigns.view_message",
        "campaigns.view_couponpool",
    ],
    "results only": ["campaigns.view_effectreport"],
    **{f"only {one}": [one.replace(".", ".view_")] for one in VIEWS},
}


def colleague_with(rights: list[str]) -> Client:
    colleague = make_colleague()
    for right in rights:
        app, _dot, code = right.partition(".")
        colleague.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=code)
        )
    client = Client()
    client.force_login(colleague)
    return client


@pytest.fixture
def shop():
    return small_shop(8)


@pytest.mark.parametrize("name", SETS)
def test_every_link_of_the_first_page_and_the_menu_opens(shop, name):
    client = colleague_with(SETS[name])
    home = client.get(reverse("admin:index"))
    assert home.status_code == 200
    links = {
        link.replace("&amp;", "&") for link in LINK.findall(home.content.decode())
    } - set(SIGN_OUT)
    closed = {
        link: status
        for link in links
        if (status := client.get(link).status_code) > 399 and status != 405
    }
    assert closed == {}


def test_the_first_page_tells_nothing_that_is_closed(shop):
    home = (
        colleague_with(["profiles.view_segment"])
        .get(reverse("admin:index"))
        .content.decode()
    )
    for closed in ('id="money"', 'id="running"', 'id="ideas"', "Approve", "rows wait"):
        assert closed not in home
    assert 'id="next"' in home


def test_who_may_not_approve_is_not_asked_to(shop):
    approves = ["campaigns.view_campaign", "campaigns.approve_campaign"]
    asked = "Approve “"
    assert (
        asked
        not in colleague_with(["campaigns.view_campaign"])
        .get(reverse("admin:index"))
        .content.decode()
    )
    everything = [one.replace(".", ".view_") for one in VIEWS]
    assert (
        asked
        in colleague_with([*everything, *approves])
        .get(reverse("admin:index"))
        .content.decode()
    )


def test_who_may_see_nothing_is_told_whom_to_ask(shop):
    home = colleague_with([]).get(reverse("admin:index")).content.decode()
    assert 'id="bare"' in home
