"""What went wrong is said in the frame of the admin, with a way on."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_colleague

pytestmark = pytest.mark.django_db


def test_what_is_closed_is_said_in_the_frame(client):
    client.force_login(make_colleague())
    answer = client.get(reverse("admin:profiles_customer_changelist"))
    assert answer.status_code == 403
    page = answer.content.decode()
    assert 'id="nav-sidebar"' in page
    assert 'id="missing"' in page
    assert reverse("admin:index") in page


def test_a_page_that_fails_is_said_in_the_frame(admin_client, monkeypatch):
    def fails(*_any):
        raise RuntimeError("boom")

    monkeypatch.setattr("campaigns.admin.reports.programme._shown", fails)
    monkeypatch.setattr("campaigns.admin.reports.programme.show", fails)
    client = Client(raise_request_exception=False)
    client.cookies = admin_client.cookies
    answer = client.get(reverse("programme"))
    assert answer.status_code == 500
    page = answer.content.decode()
    assert 'id="nav-sidebar"' in page
    assert "boom" not in page
    assert "Traceback" not in page


def test_where_even_the_frame_fails_it_is_said_plainly(admin_client, monkeypatch):
    def fails(*_any, **_more):
        raise RuntimeError("boom")

    monkeypatch.setattr("campaigns.admin.reports.programme.show", fails)
    monkeypatch.setattr("retention_site.lib.admin.error_pages.show", fails)
    client = Client(raise_request_exception=False)
    client.cookies = admin_client.cookies
    answer = client.get(reverse("programme"))
    assert answer.status_code == 500
    assert "boom" not in answer.content.decode()


def test_strangers_are_told_plainly(client):
    assert client.get("/no/such/page/").status_code == 404
    assert b"nav-sidebar" not in client.get("/no/such/page/").content
