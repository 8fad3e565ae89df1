"""Sources are made, mapped and tried in the admin; secrets and keys are shown once."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from standardwebhooks import Webhook

from profiles.admin.data.mapping import KNOWN
from profiles.admin.data.quality import is_silent, trend
from profiles.intake.sources import source_webhooks
from profiles.intake.sources.source_quality import quality
from profiles.intake.tracking import take
from profiles.models import ApiKey, Customer, Event, InboundSource, QuarantinedRow
from retention_site.lib.clock import now, shop_zone
from tests import factories as make

PAYLOAD = {
    "kind": "Order Completed",
    "who": {"no": 7, "mail": "ann@shop.example"},
    "when": "2024-03-01T12:00:00Z",
    "rows": [{"sku": "soup", "n": 2, "each": 4.5}],
}
MAPPING = {
    "type": "kind",
    "customer_id": "who.no",
    "at": "when",
    "lines": "rows",
    "lines.item_id": "sku",
    "lines.quantity": "n",
    "lines.price": "each",
}


@pytest.fixture
def till(db) -> InboundSource:
    return source_webhooks.make("till", "mapped")[0]


def typed(mapping: dict[str, str], sample: object) -> dict:
    said = sample if isinstance(sample, str) else json.dumps(sample)
    return {"field": list(mapping), "path": list(mapping.values()), "sample": said}


def secret_of(page: str) -> str:
    return re.search(r'<code id="secret">([^<]+)</code>', page)[1]


def do(model: str, pk: int, verb: str) -> str:
    return reverse(f"admin:profiles_{model}_do", args=[pk, verb])


def test_a_source_is_made_and_hears_what_its_secret_signs(signed_in, client, db):
    answer = signed_in.post(
        reverse("source-new"), {"kind": "mapped", "slug": "till", "secret": ""}
    )
    secret = secret_of(answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    source = InboundSource.objects.get()
    page = signed_in.get(
        reverse("admin:profiles_inboundsource_change", args=[source.pk])
    ).content.decode()
    assert secret not in page
    signed_in.post(do("inboundsource", source.pk, "remap"), typed(MAPPING, PAYLOAD))
    raw, sent = json.dumps(PAYLOAD), datetime.now(UTC)
    headers = {
        "webhook-id": "w1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": Webhook(secret).sign("w1", sent, raw),
    }
    client.post(
        "/v1/sources/till", raw, content_type="application/json", headers=headers
    )
    assert Event.objects.values_list("type", "item_id", "quantity", "price").get() == (
        "purchase",
        "soup",
        2,
        4.5,
    )


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kind": "pigeon", "slug": "a"}, "Say who sends"),
        ({"kind": "mapped", "slug": "a b"}, "Small letters"),
        ({"kind": "mapped", "slug": "till"}, "of this name already"),
        ({"kind": "shopify", "slug": "shop"}, "makes the secret itself"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(signed_in, till, said, complaint):
    assert complaint in signed_in.post(reverse("source-new"), said).content.decode()
    assert InboundSource.objects.count() == 1


def test_the_preview_is_what_is_stored(signed_in, till):
    address = reverse("source-trial", args=[till.pk])
    page = signed_in.post(address, typed(MAPPING, PAYLOAD)).content.decode()
    assert "it would be taken in" in page
    shown = re.findall(r'<dt class="r-mono">(\w+)</dt><dd>([^<]+)</dd>', page)
    assert shown == [("item_id", "soup"), ("quantity", "2"), ("price", "4.5")]
    assert not Event.objects.exists()
    assert InboundSource.objects.get().mapping == {}, "looking keeps nothing"


def test_every_error_stands_at_its_field(signed_in, till):
    mapping = MAPPING | {"email": "who.mail", "currency": "'pounds'"}
    sample = PAYLOAD | {"when": "2024-13-01", "who": {"no": 7, "mail": "nonsense"}}
    page = signed_in.post(
        reverse("source-trial", args=[till.pk]), typed(mapping, sample)
    ).content.decode()
    errors = re.findall(
        r'<span class="r-mono r-strong">([\w.]+)</span>([^<]+)</li>', page
    )
    assert errors == [
        ("email", "invalid e-mail"),
        ("currency", "unknown currency"),
        ("timestamp", "impossible date"),
    ]
    number = [name for name, _words in KNOWN].index("at")
    assert re.search(
        rf'<span id="read-{number}"[^>]*><span class="r-bad r-tone">impossible'
        r" date</span>",
        page,
    )


@pytest.mark.parametrize("sample", ["{", "[]", "7", '"x"', ""])
def test_a_sample_that_is_no_object_breaks_nothing(signed_in, till, sample):
    assert (
        signed_in.post(
            reverse("source-trial", args=[till.pk]), typed(MAPPING, sample)
        ).status_code
        == 200
    )


def test_a_sample_that_can_not_be_read_is_not_saved_and_what_was_typed_stays(
    signed_in, till
):
    page = signed_in.post(
        do("inboundsource", till.pk, "remap"), typed(MAPPING, "{ not json"), follow=True
    )
    assert "{ not json" in page.content.decode()
    assert 'value="who.no"' in page.content.decode()
    assert InboundSource.objects.get().mapping == {}


def test_a_quarantined_payload_is_the_sample_of_its_mapping(signed_in, till):
    source_webhooks.heard(till, PAYLOAD, {"webhook-id": "w1"})
    row = QuarantinedRow.objects.get()
    address = reverse("admin:profiles_inboundsource_change", args=[till.pk])
    assert "ann@shop.example" not in signed_in.get(address).content.decode()
    assert (
        "ann@shop.example" in signed_in.get(f"{address}?row={row.pk}").content.decode()
    )
    assert (
        f"{address}?row={row.pk}"
        in signed_in.get(
            reverse("admin:profiles_quarantinedrow_change", args=[row.pk])
        ).content.decode()
    )


def test_a_shopify_order_is_previewed_by_its_topic(signed_in, db):
    shop = source_webhooks.make("shop", "shopify", secret="shpss_1")[0]
    order = {
        "id": 1,
        "created_at": "2024-01-01T10:00:00Z",
        "currency": "EUR",
        "customer": {"id": 5},
        "line_items": [{"id": 1, "product_id": 9, "quantity": 2, "price": "3.50"}],
    }
    said = {"sample": json.dumps(order), "topic": "orders/create"}
    assert (
        "purchase"
        in signed_in.post(
            reverse("source-trial", args=[shop.pk]), said
        ).content.decode()
    )
    said["topic"] = "refunds/create"
    assert (
        "It means nothing to us"
        in signed_in.post(
            reverse("source-trial", args=[shop.pk]), said
        ).content.decode()
    )


def test_a_new_secret_is_shown_once_and_the_old_one_holds_a_day(signed_in, till):
    page = signed_in.post(do("inboundsource", till.pk, "rotate")).content.decode()
    assert secret_of(page).startswith("whsec_")
    assert len(InboundSource.objects.get().secrets) == 2
    assert secret_of(page) not in str(InboundSource.objects.get().secrets)


def test_a_paused_source_is_not_found(signed_in, client, till):
    signed_in.post(do("inboundsource", till.pk, "pause"))
    assert (
        client.post(
            "/v1/sources/till", b"{}", content_type="application/json"
        ).status_code
        == 404
    )
    signed_in.post(do("inboundsource", till.pk, "resume"))
    assert (
        client.post(
            "/v1/sources/till", b"{}", content_type="application/json"
        ).status_code
        == 401
    )


def test_keys_are_made_rotated_and_revoked(signed_in, client, person):
    page = signed_in.post(
        reverse("key-new"), {"scope": "write", "name": "web shop"}
    ).content.decode()
    old = secret_of(page)
    key = ApiKey.objects.get()
    assert (key.scope, key.name, key.created_by) == ("write", "web shop", person)

    def may_call(secret: str) -> bool:
        message = {"type": "identify", "userId": "anna", "traits": {"size": 38}}
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.post(
            "/v1/identify", message, content_type="application/json", headers=headers
        )
        return answer.status_code == 200

    new = secret_of(signed_in.post(do("apikey", key.pk, "rotate")).content.decode())
    assert may_call(old)
    assert may_call(new)
    signed_in.post(do("apikey", key.pk, "revoke"))
    assert not may_call(old)
    assert may_call(new)
    assert Customer.objects.get().traits == {"size": 38}


def test_a_key_without_a_name_is_not_made(signed_in, db):
    signed_in.post(reverse("key-new"), {"scope": "write", "name": " "})
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("name", ["source-new", "key-new"])
def test_who_may_only_look_makes_nothing(client, db, name):
    looker = make.make_colleague()
    for codename in ("view_inboundsource", "view_apikey"):
        looker.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(looker)
    assert client.get(reverse(name)).status_code == 403


def test_the_quality_page_counts_as_the_database_does(signed_in, db):
    view = {"type": "track", "event": "Product Viewed", "userId": "anna"}
    take([view | {"messageId": f"m{n}"} for n in range(3)], source="web")
    take(
        [
            view | {"messageId": "m1"},
            view | {"messageId": "m9", "timestamp": "2199-01-01"},
        ],
        source="web",
    )
    page = signed_in.get(reverse("quality")).content.decode()
    figures = dict(re.findall(r'<dd id="n-(\w+)">(?:<a[^>]*>)?(\d+)<', page))
    assert int(figures["stored"]) == Event.objects.count() == 3
    assert int(figures["quarantined"]) == QuarantinedRow.objects.count() == 1
    assert (figures["duplicates"], figures["received"]) == ("1", "5")
    assert "source=web" in page
    assert "column=timestamp" in page
    (web,) = quality(now().astimezone(shop_zone()).date())
    assert [round(one.stored) for one in trend(web, list(web.by_day))] == [60]
    assert not is_silent(web, list(web.by_day))


def test_a_source_is_heard_once_it_was_heard(signed_in, client, till):
    address = reverse("admin:profiles_inboundsource_change", args=[till.pk])
    listed = reverse("admin:profiles_inboundsource_changelist")
    for page in (address, listed):
        html = signed_in.get(page).content.decode()
        assert "waits for its first call" in html
        assert ">receiving<" not in html
    client.post("/v1/sources/till", "{}", content_type="application/json")
    till.refresh_from_db()
    assert till.first_heard_at is None, "what nobody signed is no call of the sender's"
    till, secret = source_webhooks.make("other", "mapped")
    raw, sent = json.dumps(PAYLOAD), datetime.now(UTC)
    headers = {
        "webhook-id": "w1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": Webhook(secret).sign("w1", sent, raw),
    }
    client.post(
        "/v1/sources/other", raw, content_type="application/json", headers=headers
    )
    till.refresh_from_db()
    assert till.first_heard_at is not None
    page = signed_in.get(
        reverse("admin:profiles_inboundsource_change", args=[till.pk])
    ).content.decode()
    assert ">receiving<" in page


def test_who_makes_the_secret_is_said_before_and_the_complaint_once(signed_in, db):
    page = signed_in.get(reverse("source-new")).content.decode()
    assert "Shopify makes it: copy it from there" in page
    page = signed_in.post(
        reverse("source-new"), {"kind": "shopify", "slug": "shop", "secret": ""}
    ).content.decode()
    assert page.count("makes the secret itself") == 1
