"""What the API says of a customer, and what customers agreed to."""

from profiles.models import Consent
from tests.factories import (
    make_consent,
    make_customer,
    make_portrait,
    make_score,
    make_segment,
)


def test_customer_with_portrait_scores_consents_and_segments(caller):
    anna = make_customer(
        external_id="anna", email="anna@shop.example", traits={"shoe_size": 38}
    )
    make_portrait(anna, recency_days=(12, 5))
    make_score(anna, "purchase", 0.4)
    make_consent(anna, "email", "withdrawn")
    segment = make_segment("lapsing")
    segment.memberships.create(customer=anna, joined_at=anna.created_at)
    said = caller("read").get("/v1/customers/anna").json()
    assert (said["customer_id"], said["email"], said["traits"]) == (
        "anna",
        "anna@shop.example",
        {"shoe_size": 38},
    )
    assert said["portrait"]["traits"]["recency_days"] == {"value": 12, "evidence": 5}
    assert [(score["kind"], score["value"]) for score in said["scores"]] == [
        ("purchase", 0.4)
    ]
    assert said["consents"] == [
        {"channel": "email", "topic": "", "status": "withdrawn"}
    ]
    assert said["segments"] == ["lapsing"]


def test_joined_customer_is_found_by_each_of_her_ids(caller):
    anna = make_customer(external_id="anna")
    make_customer(external_id="anna-old", merged_into=anna)
    said = caller("read").get("/v1/customers/anna-old").json()
    assert (said["customer_id"], said["also_known_as"]) == ("anna", ["anna-old"])


def test_unknown_and_erased_customers_are_not_found(caller):
    from retention_site.lib.clock import now

    make_customer(external_id="gone", erased_at=now())
    reader = caller("read")
    for one in ("nobody", "gone", "%00"):
        answer = reader.get(f"/v1/customers/{one}")
        assert (answer.status_code, answer["Content-Type"]) == (
            404,
            "application/problem+json",
        )


def test_consent_is_stated_once_with_its_network_only(writer):
    said = {
        "customer_id": "anna",
        "channel": "E-Mail",
        "status": "granted",
        "at": "2025-03-01T12:00:00Z",
        "wording": "v3",
        "ip": "203.0.113.77",
    }
    assert writer.post("/v1/consents", said).json()["is_new"] is True
    assert writer.post("/v1/consents", said).json()["is_new"] is False
    row = Consent.objects.get()
    assert (row.channel, row.status, row.wording, row.ip, row.source) == (
        "email",
        "granted",
        "v3",
        "203.0.113.0",
        "web shop",
    )


def test_consent_of_the_future_is_refused(writer):
    said = {
        "customer_id": "anna",
        "channel": "email",
        "status": "granted",
        "at": "2199-03-01T12:00:00Z",
    }
    assert writer.post("/v1/consents", said).status_code == 422
    assert not Consent.objects.exists()
