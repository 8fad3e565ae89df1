"""Privacy in the admin: who may, what is asked back, what is handed out."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from profiles.models import Customer, DataRequest, Job, RetentionPeriod
from profiles.privacy import erasure
from retention_site.lib.admin.pages import link
from tests.factories import make_colleague, make_customer

pytestmark = pytest.mark.django_db


def signed_in(*rights: str) -> Client:
    person, client = make_colleague(), Client()
    person.user_permissions.set(
        Permission.objects.filter(codename__in=["view_customer", *rights])
    )
    client.force_login(person)
    return client


def test_the_buttons_stand_there_for_those_who_may():
    customer = make_customer()
    shown = (
        signed_in("erase_customer", "export_customer", "view_personal_data")
        .get(link(customer))
        .content.decode()
    )
    assert 'id="export-person"' in shown
    assert 'id="erase-person"' in shown
    shown = signed_in().get(link(customer)).content.decode()
    assert 'id="export-person"' not in shown
    assert 'id="erase-person"' not in shown


def test_nobody_else_may_export_or_erase():
    customer = make_customer()
    for name in ("export-person", "erase-person"):
        assert signed_in().post(reverse(name, args=[customer.pk])).status_code == 403
        assert Client().post(reverse(name, args=[customer.pk])).status_code == 302
    assert Customer.objects.known().count() == 1


def test_erasing_asks_for_the_customers_id_and_names_what_stays():
    customer, client = (
        make_customer(first_name="Adalbertine"),
        signed_in("erase_customer", "view_datarequest"),
    )
    address = reverse("erase-person", args=[customer.pk])
    asked = client.get(address).content.decode()
    assert customer.external_id in asked
    assert "the shop&#x27;s books must add up" in asked
    assert client.post(address, {"customer_id": "somebody else"}).status_code == 200
    assert Customer.objects.known().count() == 1
    done = client.post(address, {"customer_id": f" {customer.external_id} "})
    request = DataRequest.objects.get()
    assert done.url == link(request)
    assert Job.objects.get().params == {"request": request.pk}
    assert "Adalbertine" not in client.get(link(request)).content.decode()
    assert client.get(address).status_code == 404


def test_an_export_is_a_file_that_nobody_keeps():
    customer, client = (
        make_customer(first_name="Adalbertine"),
        signed_in("export_customer", "view_personal_data"),
    )
    assert client.get(reverse("export-person", args=[customer.pk])).status_code == 405
    answer = client.post(reverse("export-person", args=[customer.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    assert (
        json.loads(answer.content)["stores"][0]["rows"][0]["first_name"]
        == "Adalbertine"
    )
    request = DataRequest.objects.get()
    assert request.kind == "export"
    assert "Adalbertine" not in json.dumps(request.receipt)


def test_the_receipt_of_a_finished_erasure_says_how_much_of_what(transactional_db):
    request = erasure.finish(erasure.begin(make_customer().external_id))
    shown = signed_in("view_datarequest").get(link(request)).content.decode()
    assert "1 × customer" in shown
    assert "hx-get" not in shown.partition('id="receipt"')[2].partition(">")[0]


def test_periods_are_changed_by_those_who_may():
    address = reverse("privacy-periods")
    looks = signed_in("view_retentionperiod")
    assert 'name="webhooks"' not in looks.get(address).content.decode()
    assert looks.post(address, {"webhooks": "7"}).status_code == 403
    changes = signed_in("view_retentionperiod", "change_retentionperiod")
    assert (
        changes.post(
            address, {"webhooks": "7", "events": "", "quarantine": "180"}
        ).status_code
        == 302
    )
    assert dict(RetentionPeriod.objects.values_list("kind", "days")) == {"webhooks": 7}


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "many", "99999999", "1e3"])
def test_what_is_no_number_of_days_changes_nothing(days):
    client = signed_in("view_retentionperiod", "change_retentionperiod")
    shown = client.post(
        reverse("privacy-periods"), {"webhooks": days, "quarantine": "9"}
    )
    assert shown.status_code == 200
    assert "or nothing." in shown.content.decode()
    assert not RetentionPeriod.objects.exists()
