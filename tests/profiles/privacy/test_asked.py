"""What a shop system asks for a person: an erasure or an export, each with a row one
can see.
"""

import json

import pytest
from django.test import Client
from django.urls import reverse

from profiles.intake.sources import source_webhooks
from profiles.models import Customer, DataRequest, Event, Job, QuarantinedRow
from profiles.privacy import erasure
from profiles.privacy.person_export import export
from retention_site.lib.admin.pages import link
from tests import looking
from tests.factories import make_marketer
from tests.profiles.intake_api.test_sources import SHOPIFY_ORDER, WOO_ORDER, signature

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_folders"),
]
JON = {
    "id": SHOPIFY_ORDER["customer"]["id"],
    "email": "jon@shop.example",
    "phone": None,
}
ORDERS = [SHOPIFY_ORDER["id"]]
HEADERS = {
    "shopify": ("X-Shopify-Topic", "X-Shopify-Hmac-Sha256"),
    "woocommerce": ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature"),
}


@pytest.fixture
def tell(client):
    def made(kind: str):
        secret = source_webhooks.make(kind, kind, secret="shpss_1")[1]

        def post(topic: str, payload: dict) -> dict:
            raw, (said, signed) = json.dumps(payload).encode(), HEADERS[kind]
            headers = {said: topic, signed: signature(secret, raw)}
            answer = client.post(
                f"/v1/sources/{kind}",
                raw,
                content_type="application/json",
                headers=headers,
            )
            assert answer.status_code == 200, answer.content
            return answer.json()

        return post

    return made


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        (
            "customers/redact",
            {"shop_id": 1, "customer": JON, "orders_to_redact": ORDERS},
        ),
        ("customers/redact", {"shop_id": 1, "customer": {"email": "jon@shop.example"}}),
        ("customers/redact", {"shop_id": 1, "orders_to_redact": ORDERS}),
        ("customers/delete", {"id": JON["id"]}),
    ],
)
def test_shopify_starts_an_erasure(tell, topic, payload):
    post = tell("shopify")
    post("orders/create", SHOPIFY_ORDER)
    assert post(topic, payload)["asked"] == 1
    request = DataRequest.objects.get()
    assert (request.kind, request.asked_through, request.asked_by) == (
        "erasure",
        "shopify",
        None,
    )
    assert not Customer.objects.known().exists()
    assert Job.objects.get().params == {"request": request.pk}
    erasure.finish(request)
    assert not Event.objects.exists()
    assert looking.hits(("jon@shop.example", "Snow", str(JON["id"]))) == {}
    post(topic, payload)
    if (
        payload.get("customer") != {"email": "jon@shop.example"}
        and "orders_to_redact" not in payload
    ):
        assert DataRequest.objects.count() == 1, "asked again it is the same request"
    post("orders/updated", SHOPIFY_ORDER)
    assert not Customer.objects.known().exists()


def test_woocommerce_deletes_an_account(tell):
    post = tell("woocommerce")
    post("order.created", WOO_ORDER | {"customer_id": 5})
    post("customer.deleted", {"id": 5})
    assert DataRequest.objects.get().asked_through == "woocommerce"
    assert not Customer.objects.known().exists()


def test_nobody_known_is_an_answer_too(tell):
    tell("shopify")(
        "customers/redact", {"customer": {"id": 99, "email": "who@shop.example"}}
    )
    request = DataRequest.objects.get()
    assert request.customers == []
    assert request.finished_at is not None
    assert looking.hits(("who@shop.example",)) == {}


def test_request_for_data_waits_until_somebody_hands_it_out(tell, client):
    post = tell("shopify")
    post("orders/create", SHOPIFY_ORDER)
    for _ in range(2):
        post("customers/data_request", {"customer": JON, "orders_requested": ORDERS})
    request = DataRequest.objects.get()
    assert (request.kind, request.finished_at) == ("export", None)
    staff = Client()
    staff.force_login(make_marketer())
    listed = staff.get(
        reverse("admin:profiles_datarequest_changelist")
    ).content.decode()
    assert "to be handed out" in listed
    page = staff.get(link(request)).content.decode()
    assert link(Customer.objects.get()) in page
    held = export(Customer.objects.get().external_id)
    orders = [
        row
        for store in held["stores"]
        for row in store["rows"]
        if row.get("table") == "order"
    ]
    assert [row["order_id"] for row in orders] == [str(SHOPIFY_ORDER["id"])]
    request.refresh_from_db()
    assert request.finished_at is not None


def test_shop_that_asks_for_all_its_people_waits_for_a_decision(tell):
    tell("shopify")("shop/redact", {"shop_id": 1, "shop_domain": "a.myshopify.example"})
    assert "decide who is to be forgotten" in QuarantinedRow.objects.get().reason
