"""A pending consent is granted by the customer's own hand, once, and never against a
later no.
"""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from profiles.consents import consent_ledger
from profiles.models import Consent, Customer
from retention_site.lib.clock import now

SAID = {"customer_id": "anna", "channel": "email", "status": "pending", "wording": "v3"}


@pytest.fixture
def page(writer, client):
    """The page behind the link of a pending consent."""
    said = writer.post("/v1/consents", SAID).json()
    path = urlsplit(said["confirm_url"]).path
    return lambda method="get": getattr(client, method)(path)


def state() -> str:
    pk = Customer.objects.get().pk
    return consent_ledger.states([pk])[pk][("email", "")]


def test_looking_changes_nothing_and_the_button_grants(page):
    assert page().status_code == 200
    assert page("head").status_code == 200
    assert state() == "pending"
    for _ in range(2):
        assert b"confirmed" in page("post").content
    assert state() == "granted"
    granted = Consent.objects.get(status="granted")
    assert (granted.wording, granted.ip) == ("v3", "127.0.0.0")


def test_later_no_wins(page):
    consent_ledger.record_for(
        Customer.objects.get().pk, {("email", ""): "withdrawn"}, at=now(), source="link"
    )
    assert b"said no" in page("post").content
    assert state() == "withdrawn"


def test_later_no_to_everything_wins_over_a_pending_topic(writer, client):
    said = writer.post("/v1/consents", SAID | {"topic": "news"}).json()
    consent_ledger.record_for(
        Customer.objects.get().pk, {("email", ""): "withdrawn"}, at=now(), source="link"
    )
    assert b"said no" in client.post(urlsplit(said["confirm_url"]).path).content
    assert not Consent.objects.filter(status="granted").exists()


def test_old_link_grants_nothing(page):
    Consent.objects.update(at=now() - timedelta(days=40))
    assert b"too old" in page("post").content
    assert state() == "pending"


def test_altered_link_leads_nowhere(page, client):
    assert client.post("/confirm/1.AAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert client.get("/confirm/%F0%9F%98%80").status_code == 404
    assert state() == "pending"


def test_granted_and_withdrawn_need_no_link(writer):
    assert (
        writer.post("/v1/consents", SAID | {"status": "granted"}).json()["confirm_url"]
        is None
    )
