"""Every page of the admin opens: with nothing in the shop, with something, and without
asking the database per row.
"""

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from profiles.models import AuditEntry, Job
from retention_site.lib.admin.pages import ReadingAdmin
from tests.factories import make_colleague
from tests.small_shop import small_shop

OURS = {
    model: site
    for model, site in admin.site._registry.items()
    if isinstance(site, ReadingAdmin)
}
NAMES = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in OURS)
EXTRA = [
    "admin:index",
    "inbox",
    "health",
    "overview",
    "alerts",
    "admin:rules",
    "admin:brake",
    "admin:domain",
    "admin:calendar",
    "admin:sunset",
    "recipes",
    "quality",
    "quarantine-together",
    "source-new",
    "programme",
    "reach",
    "channels",
    "templates",
    "images",
    "brand",
    "admin:campaigns_template_changelist",
    "admin:campaigns_template_add",
    "key-new",
    "cohorts",
    "cohorts-card",
    "rfm",
    "rfm-card",
    "admin:reviews",
]
MOST_QUERIES = 40  # a page that needs more is not one page


def lists() -> list[str]:
    return [reverse(f"admin:{name}_changelist") for name in NAMES]


def pages() -> list[str]:
    return [
        reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_change",
            args=[row.pk],
        )
        for model in OURS
        for row in model.objects.order_by("pk")[:3]
    ]


def n_queries(client, address: str) -> int:
    cache.clear()  # what is remembered for a minute is asked for each time
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200, address
    return len(seen)


@pytest.mark.parametrize("name", NAMES)
def test_a_list_without_rows_says_what_belongs_there(signed_in, name):
    AuditEntry.objects.all().delete()  # signing in was an act
    answer = signed_in.get(reverse(f"admin:{name}_changelist"))
    assert answer.status_code == 200
    assert 'class="r-empty"' in answer.content.decode()


@pytest.mark.parametrize("name", EXTRA)
def test_pages_open_in_an_empty_shop(signed_in, name):
    assert signed_in.get(reverse(name)).status_code == 200


def test_every_page_opens_in_a_shop_with_something_in_it(signed_in, shop):
    for address in [*lists(), *pages(), *(reverse(name) for name in EXTRA)]:
        assert signed_in.get(address).status_code == 200, address


def test_ten_times_the_customers_ask_the_database_no_more_often(signed_in, person):
    small_shop(8)
    addresses = [*lists(), *pages(), *(reverse(name) for name in EXTRA)]
    for address in addresses:
        n_queries(signed_in, address)  # what is remembered for ever is remembered now
    before = {address: n_queries(signed_in, address) for address in addresses}
    small_shop(40, name=" again")
    for address in addresses:
        n_queries(signed_in, address)  # what is kept of the history is read anew now
    after = {address: n_queries(signed_in, address) for address in addresses}
    assert {
        address: (before[address], n)
        for address, n in after.items()
        if n > before[address]
    } == {}
    assert {address: n for address, n in after.items() if n > MOST_QUERIES} == {}


def test_a_job_without_parts_is_done_when_it_is_done(signed_in):
    job = Job.objects.create(
        kind="weekly", title="Weekly letters", state=Job.State.DONE, n_chunks=0
    )
    for address in (
        reverse("admin:profiles_job_changelist"),
        reverse("admin:profiles_job_change", args=[job.pk]),
    ):
        assert "100%" in signed_in.get(address).content.decode()


@pytest.mark.parametrize(
    "address", ["profiles/customer/?region__icontains=%00", "find/?q=%00", "%00/"]
)
def test_a_nul_in_an_address_is_refused(signed_in, address):
    assert signed_in.get(f"/admin/{address}").status_code == 400


def test_a_nul_in_a_form_is_refused(signed_in, shop):
    for name in ("merge-join", "key-new", "source-new"):
        assert (
            signed_in.post(
                reverse(name), {"one": "a\0", "why": "x", "name": "a\0"}
            ).status_code
            == 400
        )


def test_a_stranger_sees_nothing(client, db):
    for address in [*lists(), *(reverse(name) for name in EXTRA)]:
        assert client.get(address).status_code == 302


def test_staff_without_rights_see_no_customers(client, db):
    client.force_login(make_colleague())
    assert client.get(reverse("admin:profiles_customer_changelist")).status_code == 403
    assert client.get(reverse("inbox")).status_code == 403
    assert client.get(reverse("admin:index")).status_code == 200
