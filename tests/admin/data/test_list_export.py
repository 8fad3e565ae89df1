"""A list leaves as a file: what is filtered and seen, for those who may take it away."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from profiles.models import AuditEntry
from tests import factories as make
from tests.admin.test_menu import in_role
from tests.admin.test_pages import NAMES
from tests.small_shop import small_shop

pytestmark = pytest.mark.django_db


def exported(client, name: str, **query: str) -> list[str]:
    answer = client.get(reverse(f"admin:{name}_export"), query)
    assert answer.status_code == 200, name
    said = (
        b"".join(answer.streaming_content) if answer.streaming else answer.content
    ).decode("utf-8-sig")
    return said.splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_every_list_can_be_taken_away(admin_client, shop, name):
    page = admin_client.get(reverse(f"admin:{name}_changelist"))
    n = page.context["cl"].result_count
    lines = exported(admin_client, name)
    assert len(lines) >= n + 1
    assert not any("<span" in line for line in lines)


def test_the_file_holds_what_is_searched_for_and_no_formula(admin_client):
    make.make_customer(external_id="=HYPERLINK(1)", first_name="Eve")
    make.make_customer(external_id="other")
    lines = exported(admin_client, "profiles_customer", q="=HYPER")
    assert len(lines) == 2
    assert "\n=" not in "\n".join(lines)
    assert ",=" not in lines[1]


def test_taking_people_away_needs_its_right_and_is_written_down(shop):
    address = reverse("admin:profiles_customer_export")
    analyst = in_role("analyst")
    assert analyst.get(address).status_code == 403
    page = analyst.get(reverse("admin:profiles_customer_changelist")).content.decode()
    assert "export/" not in page
    support = in_role("support")
    assert support.get(address).status_code == 200
    assert AuditEntry.objects.filter(verb="customer.export").count() == 1
    assert analyst.get(reverse("admin:profiles_segment_export")).status_code == 200


def test_what_is_masked_on_the_page_is_masked_in_the_file(shop):
    marketer = in_role("marketer")
    from django.contrib.auth.models import Permission, User

    person = User.objects.get(pk=marketer.session["_auth_user_id"])
    person.user_permissions.add(Permission.objects.get(codename="export_customer"))
    said = "\n".join(exported(marketer, "profiles_customer"))
    assert shop.customers[5].external_id in said
    assert shop.customers[5].email not in said


def test_the_file_asks_the_database_no_more_often_for_more_rows(admin_client):
    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            exported(admin_client, name)
        return len(seen)

    names = (
        "profiles_customer",
        "campaigns_message",
        "campaigns_campaign",
        "profiles_item",
    )
    small_shop(8)
    for name in names:
        exported(admin_client, name)  # what is remembered for ever is remembered now
    before = {name: queries(name) for name in names}
    small_shop(30, name=" again")
    after = {name: queries(name) for name in names}
    assert after == before, (before, after)
