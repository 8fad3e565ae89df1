"""The menu has five places; each is drawn by its viewer's rights, and nothing that was
found before is lost.
"""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, reverse

from campaigns import roles
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.menu.views import PLACES
from tests.factories import make_colleague
from tests.small_shop import small_shop

pytestmark = pytest.mark.django_db
MOST_LINES = 15  # all are seen at once on a screen of 900 px
LINK = re.compile(r'(?:href|hx-get|action)="(/admin/[^"#]*)"')
# reached from the page of what they belong to
INSIDE = {
    "campaigns.coupon",
    "campaigns.hook",
    "campaigns.inboundwebhook",
    "campaigns.occasion",
    "campaigns.schedule",
    "profiles.datarequest",
}


def in_role(role: str) -> Client:
    person = make_colleague()
    person.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(person)
    return client


def pages() -> list:
    return [page for place in PLACES for entry in place.entries for page in entry.pages]


def test_there_are_five_places_and_few_lines():
    assert len(PLACES) == 5
    assert sum(len(place.entries) for place in PLACES) <= MOST_LINES


def test_every_list_of_the_admin_has_its_place():
    led_to = {page.path() for page in pages()}
    lists = {
        model._meta.label_lower: reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        )
        for model, its_admin in admin.site._registry.items()
        if isinstance(its_admin, ReadingAdmin)
    }
    lost = {name for name, address in lists.items() if address not in led_to}
    assert lost - INSIDE == set()


def test_no_two_lines_of_the_menu_lead_to_one_page():
    addresses = [page.address() for page in pages() if page.address()]
    assert sorted(addresses) == sorted(set(addresses))


@pytest.mark.parametrize("role", roles.ROLES)
def test_no_link_of_home_the_menu_and_its_index_pages_is_closed_to_a_role(role):
    small_shop(8)
    client = in_role(role)
    asked = {reverse("admin:index")}
    asked |= {
        reverse("settings-index", args=[entry.key])
        for place in PLACES
        for entry in place.entries
        if entry.key
    }
    links: set[str] = set()
    for address in asked:
        answer = client.get(address)
        assert answer.status_code in (200, 404), address
        if answer.status_code == 200:
            links |= {
                one.replace("&amp;", "&")
                for one in LINK.findall(answer.content.decode())
            }
    closed = {
        link: status
        for link in links - {"/admin/logout/"}
        if (status := client.get(link).status_code) > 399 and status != 405
    }
    assert closed == {}


@pytest.mark.parametrize(
    ("address", "entry", "tab"),
    [
        ("/admin/rfm/", "Map", "RFM grid"),
        ("/admin/cohorts/", "Map", "Retention"),
        ("/admin/campaigns/campaign/?stage=drafts", "All campaigns", "Drafts"),
        ("/admin/campaigns/campaign/", "All campaigns", "All"),
        ("/admin/reach/", "Results", "Reach"),
        ("/admin/profiles/item/", "Library", "Items"),
    ],
)
def test_views_of_one_subject_are_tabs_of_one_page(admin_client, address, entry, tab):
    page = admin_client.get(address).content.decode()
    here = re.findall(r'<a [^>]*aria-current="page"[^>]*>(.*?)</a>', page, re.DOTALL)
    words = [re.sub(r"<span.*?</span>", "", one).strip() for one in here]
    assert words[:2] == [entry, tab]


def test_a_page_of_the_settings_leads_back_to_its_index(admin_client):
    page = admin_client.get(
        reverse("admin:profiles_apikey_changelist")
    ).content.decode()
    assert (
        f'<a href="{reverse("settings-index", args=["connect"])}">Connect</a>' in page
    )


def test_create_offers_what_the_viewer_may_add(admin_client):
    def offered(client: Client) -> str:
        page = client.get(reverse("admin:index")).content.decode()
        return page.partition('id="create"')[2].partition("</details>")[0]

    assert "Template" in offered(admin_client)
    assert offered(in_role("analyst")) == ""


def test_an_index_page_of_nothing_is_not_there():
    assert in_role("analyst").get("/admin/settings/nowhere/").status_code == 404


def test_what_this_shop_has_not_is_not_drawn():
    """A page whose address no app knows is left out, not an error."""
    unknown = [page for page in pages() if not page.address()]
    for page in unknown:
        with pytest.raises(NoReverseMatch):
            reverse(page.name)
