"""One field finds pages, things to make, recipes and things by name, for whom they are
open.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories as make
from tests.admin.test_menu import in_role

pytestmark = pytest.mark.django_db
MOST_QUERIES = 16  # whatever stands in the shop


def found(client, words: str) -> str:
    answer = client.get(reverse("palette"), {"s": words})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("quarantine", "/admin/profiles/quarantinedrow/"),
        ("隔离", "/admin/profiles/quarantinedrow/"),
        ("RETENT", "/admin/cohorts/"),
        ("who did what", "/admin/profiles/auditentry/"),
        ("win back", "/admin/recipes/#win_back"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pages_and_recipes_are_found_in_both_languages(
    admin_client, language, words, address
):
    admin_client.cookies["django_language"] = language
    page = found(admin_client, words)
    assert f'href="{address}"' in page


def test_things_are_found_by_their_names(admin_client, shop):
    names = {
        "lapsing": reverse("admin:campaigns_campaign_change", args=[shop.campaign.pk]),
        shop.customers[3].external_id: reverse(
            "admin:profiles_customer_change", args=[shop.customers[3].pk]
        ),
    }
    for words, address in names.items():
        assert f'href="{address}"' in found(admin_client, words), words


def test_a_template_is_found(admin_client):
    from campaigns.models import Template

    template = Template.objects.create(name="Autumn coats", channel="email")
    assert reverse("template", args=[template.pk]) in found(admin_client, "autumn")


def test_what_can_be_made_stands_first(admin_client):
    assert found(admin_client, "").index("data-found") > 0
    made = reverse("admin:campaigns_template_add")
    assert made in found(admin_client, "template")


def test_it_says_that_nothing_was_found(admin_client):
    assert "Nothing found for “zzzz &lt;b&gt;”." in found(admin_client, "zzzz <b>")


@pytest.mark.parametrize("words", ["\0", "a" * 5000, "%", "_", "'; --", "ß" * 200, " "])
def test_odd_words_do_no_harm(admin_client, words):
    answer = admin_client.get(reverse("palette"), {"s": words})
    assert answer.status_code in (200, 400)


def test_nobody_finds_what_is_closed_to_them(shop):
    person = shop.customers[5]
    analyst = in_role("analyst")
    assert "data-found" not in found(analyst, person.email)
    assert "/admin/profiles/apikey/" not in found(analyst, "api")
    client = in_role("analyst")
    nobody = make.make_colleague()
    client.force_login(nobody)
    assert "data-found" not in found(client, person.external_id)


def test_who_was_erased_or_joined_is_not_found(admin_client):
    gone = make.make_customer(external_id="gone-7")
    assert "gone-7" in found(admin_client, "gone-7").replace("“gone-7”", "")
    type(gone).objects.filter(pk=gone.pk).update(erased_at="2024-01-01T00:00Z")
    assert "data-found" not in found(admin_client, "gone-7")


def test_its_number_of_queries_is_fixed(admin_client, shop):
    found(admin_client, "a")
    with CaptureQueriesContext(connection) as few:
        found(admin_client, "an")
    for n in range(30):
        make.make_customer(first_name=f"Anna{n}", external_id=f"an{n}")
    with CaptureQueriesContext(connection) as many:
        found(admin_client, "an")
    assert len(many) == len(few)
    assert len(many) <= MOST_QUERIES


def test_it_is_for_staff(client):
    assert client.get(reverse("palette")).status_code == 302
