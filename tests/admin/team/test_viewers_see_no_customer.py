"""Who may see no customer meets none, on any page they can reach, by link or by typing
an address.
"""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from campaigns.lifecycle.apply import apply
from campaigns.models import Campaign
from profiles.models import Customer
from tests import factories as make

MOST_PAGES = 250
STARTS = (
    "inbox/",
    "inbox/email/",
    "alerts/",
    "health/",
    "channels/",
    "templates/",
    "recipes/",
    "programme/",
    "reach/",
    "overview/",
    "sales/",
    "rfm/",
    "cohorts/",
    "reviews/",
    "quality/",
    "quarantine/",
    "privacy/periods/",
)


@pytest.fixture
def viewer(client, db):
    """Somebody with every right to look, but at customers."""
    looker = make.make_colleague()
    rights = Permission.objects.filter(codename__startswith="view_").exclude(
        codename="view_customer"
    )
    looker.user_permissions.set(rights.exclude(codename="view_personal_data"))
    client.force_login(looker)
    return client


def words_page() -> str:
    """Return where the words of a campaign are looked at."""
    text = (
        "Dear {{ customer.first_name | default: 'friend' }} {{ customer.last_name |"
        " default: '' }}"
    )
    told = {
        "name": "Thanks",
        "goal": {"words": "They come again", "metrics": ["revenue"], "window_days": 14},
        "trigger": {"kind": "api", "sample": {}},
        "channels": ["sms"],
        "messages": {"sms": {"text": text}},
    }
    return f"/admin/campaigns/version/{apply(told, by=make.make_colleague()).version.pk}/words/"


def tells_of(page: str) -> set[str]:
    """Return what a page gives away of any customer."""
    facts = Customer.objects.values_list(
        "email", "phone", "external_id", "first_name", "last_name"
    )
    words = {
        word
        for email, phone, external_id, *_names in facts
        for word in (email, phone, external_id)
        if word
    }
    words |= {f"{first} {last}" for *_rest, first, last in facts if first and last}
    return {
        word
        for word in words
        if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", page)
    }


def test_no_page_that_a_viewer_can_reach_names_a_customer(viewer, shop):
    waiting, seen = (
        [reverse("admin:index"), *(f"/admin/{start}" for start in STARTS)],
        set(),
    )
    waiting.append(words_page())
    answered = 0
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = viewer.get(address)
        if answer.status_code != 200 or answer.streaming:
            continue
        answered += 1
        page = answer.content.decode()
        assert not tells_of(page), address
        found = re.findall(r'(?:href|hx-get|src)="(/admin/[^"#]*|\?[^"#]*)"', page)
        links = [
            address.partition("?")[0] + one if one.startswith("?") else one
            for one in found
        ]
        waiting += [
            one.replace("&amp;", "&")
            for one in links
            if "logout" not in one and "/jsi18n" not in one
        ]
    assert answered > 30


@pytest.mark.parametrize("field", ["external_id", "email"])
def test_a_named_customer_is_not_looked_up_for_a_viewer(viewer, shop, field):
    person = shop.customers[3]
    page = viewer.get(words_page(), {"customer": getattr(person, field)})
    assert page.status_code == 200
    assert person.first_name not in page.content.decode()
    assert person.last_name not in page.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/admin/inbox/",
        "/admin/inbox/email/",
        "/admin/campaigns/message/?q=c1",
        "/admin/profiles/merge/",
        "/admin/profiles/quarantinedrow/",
        "/admin/campaigns/coupon/",
        "/admin/campaigns/occasion/",
        "/admin/campaigns/inboundwebhook/",
        "/admin/quarantine/",
        "/admin/campaigns/answer/",
    ],
)
def test_lists_of_people_ask_for_the_right_to_see_them(viewer, address):
    assert viewer.get(address).status_code == 403


def test_templates_are_tried_on_nobody_in_particular(viewer, shop):
    looker = make.make_colleague()
    looker.user_permissions.set(
        Permission.objects.filter(codename__in=["view_template", "change_template"])
    )
    viewer.force_login(looker)
    said = {
        "part-text": "Dear {{ customer.first_name | default: 'friend' }}",
        "customer": shop.customers[2].external_id,
    }
    page = viewer.post(
        "/admin/templates/new/sms/", {**said, "verb": "look", "name": "x"}
    ).content.decode()
    assert "Dear friend" in page
    assert Campaign.objects.exists()
