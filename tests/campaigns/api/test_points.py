"""Points by API and on the customer's page."""

import pytest
from django.urls import reverse

from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people():
    return make_customer(external_id="ann"), make_customer(external_id="bert")


def test_the_api_moves_points_once_a_key(caller):
    till = caller("till")
    body = {"customer_id": "ann", "points": 100, "key": "a"}
    for _again in range(2):
        answer = till.post("/v1/points/award", body)
        assert (answer.status_code, answer.json()["balance"]) == (200, 100)
    spent = {"customer_id": "ann", "points": 30, "key": "b"}
    assert till.post("/v1/points/burn", spent).json()["balance"] == 70
    moved = {**spent, "key": "t", "to_customer_id": "bert"}
    assert till.post("/v1/points/transfer", moved).json()["balance"] == 40
    said = caller("read").get("/v1/customers/bert/points").json()
    assert (said["balance"], said["statement"][0]["kind"]) == (30, "transfer")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"points": 1_000}, 409, "points_too_few"),
        ({"points": 0}, 422, "invalid"),
        ({"points": 1.5}, 422, "invalid"),
        ({"points": -1}, 422, "invalid"),
        ({"key": ""}, 422, "invalid"),
        ({"customer_id": "ghost"}, 404, "not_found"),
        ({"key": "a"}, 409, "points_key_reused"),
    ],
)
def test_what_a_till_may_not_do_is_a_problem(caller, changes, status, code):
    till = caller("till")
    till.post("/v1/points/award", {"customer_id": "ann", "points": 9, "key": "a"})
    body = {"customer_id": "ann", "points": 5, "key": "b", **changes}
    answer = till.post("/v1/points/burn", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_a_tills_key_moves_points(caller):
    body = {"customer_id": "ann", "points": 9, "key": "a"}
    assert caller("read").post("/v1/points/award", body).status_code == 403
    assert caller("till").get("/v1/customers/ann/points").status_code == 403


def test_the_customers_page_shows_what_is_there(admin_client, people, caller):
    body = {"customer_id": "ann", "points": 90, "key": "a", "note": "first review"}
    caller("till").post("/v1/points/award", body)
    address = reverse("admin:profiles_customer_change", args=[people[0].pk])
    page = admin_client.get(address).content.decode()
    assert 'id="points"' in page
    assert "first review" in page
    other = reverse("admin:profiles_customer_change", args=[people[1].pk])
    assert 'id="points"' not in admin_client.get(other).content.decode()
