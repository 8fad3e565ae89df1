"""One message to one customer by a call, and the answers to "what did I get, and why"."""

import pytest

from campaigns.lifecycle import campaign_state
from campaigns.models import Message
from tests.campaigns.planning.triggers.test_triggers import THANKS

pytestmark = pytest.mark.django_db
CALL = {
    "template": "Thanks",
    "customer_id": "c7",
    "data": {"order_id": "o7"},
    "key": "o7",
}


@pytest.fixture
def thanks(make_approved):
    return make_approved(**THANKS).campaign


@pytest.fixture
def shopper(make_shopper):
    return make_shopper(external_id="c7")


def test_a_call_sends_one_message_however_often_it_is_made(caller, thanks, shopper):
    sender = caller("send")
    first, again = (sender.post("/v1/messages", CALL) for _ in range(2))
    assert (first.status_code, first.json()["state"], first.json()["channel"]) == (
        202,
        "queued",
        "email",
    )
    assert again.json()["message"] == first.json()["message"]
    assert Message.objects.get().context["data"] == {"order_id": "o7"}
    assert Message.objects.get().run.started_by == "api"


def test_a_key_of_another_customers_message_is_refused(
    caller, thanks, shopper, make_shopper
):
    make_shopper(external_id="c8")
    sender = caller("send")
    assert sender.post("/v1/messages", CALL).status_code == 202
    other = sender.post("/v1/messages", CALL | {"customer_id": "c8"})
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert Message.objects.get().customer.external_id == "c7"


def test_the_customer_goes_by_the_name_of_the_contract_too(caller, thanks, shopper):
    called = {"template": "Thanks", "customer": "c7", "data": {}}
    assert caller("send").post("/v1/messages", called).status_code == 202


def test_without_a_key_each_call_is_a_message(caller, thanks, shopper):
    sender = caller("send")
    for _ in range(2):
        sender.post("/v1/messages", {**CALL, "key": None})
    assert Message.objects.count() == 2


def test_what_can_not_be_sent_is_one_sentence(caller, thanks, shopper):
    sender = caller("send")
    assert (
        sender.post("/v1/messages", {**CALL, "template": "Ghost"}).json()["code"]
        == "unknown_template"
    )
    assert (
        sender.post("/v1/messages", {**CALL, "customer_id": "ghost"}).status_code == 404
    )
    campaign_state.pause(thanks)
    answer = sender.post("/v1/messages", CALL)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "Thanks is paused; resume it first.",
    )
    assert caller("write").post("/v1/messages", CALL).status_code == 403


def test_a_customer_can_be_told_what_came_and_why_not(caller, thanks, make_shopper):
    make_shopper(external_id="c7", email="")
    caller("send").post("/v1/messages", CALL)
    reader = caller("read")
    assert reader.get("/v1/customers/c7/messages").json() == []
    (decision,) = reader.get("/v1/customers/c7/decisions").json()
    assert (decision["campaign"], decision["decision"], decision["reason"]) == (
        "Thanks",
        "hold",
        "no address",
    )
    assert reader.get("/v1/customers/ghost/decisions").status_code == 404
