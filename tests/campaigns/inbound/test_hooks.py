"""What a webhook address takes, what it refuses, and what comes of it."""

import base64
import hmac
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from campaigns.delivery import send
from campaigns.inbound import hook_secrets, replay, webhook_processing, webhook_receipt
from campaigns.lifecycle import campaign_state
from campaigns.models import Hook, InboundWebhook, Message
from profiles.intake.sources import signing_secrets
from retention_site.lib.clock import real_now
from tests.sending import Sender, make_customers, make_hook, taken

pytestmark = pytest.mark.django_db


def only() -> InboundWebhook:
    return InboundWebhook.objects.get()


def test_signed_webhook_sends_the_customer_one_message(post, local_sinks):
    customer = make_customers(1, "email")[0]
    assert (
        post({"customer_id": customer.external_id, "cart": {"id": "k7"}}).status_code
        == 200
    )
    assert webhook_processing.process() == 1
    assert only().state == "processed"
    send.drain("triggered")
    assert [line["to"] for line in taken()] == [[customer.email]]
    assert Message.objects.get().context["data"]["cart"] == {"id": "k7"}


def test_a_closed_address_takes_nothing(client):
    """Not even what is signed as it should be; and it looks like one that never was."""
    hook, secret = make_hook("closed")
    Hook.objects.update(is_active=False)
    customer = make_customers(1, "email")[0]
    raw, headers = Sender(secret).signed({"customer_id": customer.external_id}, "evt_1")
    told = {"content_type": "application/json", "headers": headers}
    answers = [
        client.post(f"/hooks/{slug}", raw, **told) for slug in (hook.slug, "never")
    ]
    assert [one.status_code for one in answers] == [404, 404]
    assert not InboundWebhook.objects.exists()
    Hook.objects.update(is_active=True)
    assert client.post(f"/hooks/{hook.slug}", raw, **told).status_code == 200


def test_the_same_webhook_again_is_taken_and_changes_nothing(post):
    customer = make_customers(1, "email")[0]
    answers = [
        post({"customer_id": customer.external_id}).json()["status"] for _ in range(3)
    ]
    assert answers == ["accepted", "already accepted", "already accepted"]
    webhook_processing.process()
    assert Message.objects.count() == 1


def test_a_replay_after_processing_sends_nothing(post):
    customer = make_customers(1, "email")[0]
    post({"customer_id": customer.external_id})
    webhook_processing.process()
    post({"customer_id": customer.external_id})
    assert webhook_processing.process() == 0
    assert Message.objects.count() == 1


def test_one_cart_is_one_message_however_often_it_is_told(client):
    hook, secret = make_hook("carts", key_field="cart.id")
    customer = make_customers(1, "email")[0]
    for n in range(5):
        raw, headers = Sender(secret).signed(
            {"customer_id": customer.external_id, "cart": {"id": 9}}, f"evt_{n}"
        )
        assert (
            client.post(
                f"/hooks/{hook.slug}",
                raw,
                content_type="application/json",
                headers=headers,
            ).status_code
            == 200
        )
    assert webhook_processing.process() == 5
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"webhook-signature": "v1,AAAA"}, 401),
        ({"webhook-signature": "no comma"}, 401),
        ({"webhook-signature": "v1,not base64!"}, 401),
        ({"webhook-signature": ""}, 401),
        ({"webhook-timestamp": "yesterday"}, 401),
        ({"webhook-timestamp": "1e400"}, 401),
        ({"webhook-id": "evt_2"}, 401),  # signed for another id
    ],
)
def test_altered_headers_are_refused(post, change, status):
    answer = post({"customer_id": "c1"}, **change)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not InboundWebhook.objects.exists()


def test_svix_names_its_headers_after_itself(client, hook):
    raw, headers = hook[1].signed({"customer_id": "c1"})
    theirs = {name.replace("webhook-", "svix-"): said for name, said in headers.items()}
    address = f"/hooks/{hook[0].slug}"
    assert (
        client.post(
            address, raw, content_type="application/json", headers=theirs
        ).status_code
        == 200
    )
    assert InboundWebhook.objects.get().event_id == headers["webhook-id"]
    forged = theirs | {"svix-signature": "v1,AAAA"}
    assert (
        client.post(
            address, raw, content_type="application/json", headers=forged
        ).status_code
        == 401
    )


def test_one_altered_byte_is_refused(client, hook):
    raw, headers = hook[1].signed({"customer_id": "c1"})
    altered = raw.replace(b"c1", b"c2")
    assert (
        client.post(
            f"/hooks/{hook[0].slug}",
            altered,
            content_type="text/plain",
            headers=headers,
        ).status_code
        == 401
    )


@pytest.mark.parametrize(
    ("minutes", "status"), [(4, 200), (6, 401), (-4, 200), (-6, 401)]
)
def test_the_time_must_be_within_five_minutes(post, minutes, status):
    assert (
        post({"customer_id": "c1"}, late=timedelta(minutes=minutes)).status_code
        == status
    )


def test_the_shops_clock_does_not_matter_to_signatures(post, settings):
    settings.SHOP_CLOCK = "2017-12-04T10:00-05:00"
    assert post({"customer_id": "c1"}).status_code == 200


def test_rotated_secrets_are_both_valid_for_a_while(client, hook):
    made, old = hook
    new = type(old)(signing_secrets.rotate(made, keep=timedelta(hours=1)))

    def status(sender, event_id):
        raw, headers = sender.signed({"customer_id": "c1"}, event_id)
        return client.post(
            f"/hooks/{made.slug}", raw, content_type="application/json", headers=headers
        ).status_code

    assert (status(old, "a"), status(new, "b")) == (200, 200)
    signing_secrets.rotate(made, keep=timedelta(0))
    assert (status(old, "c"), status(new, "d")) == (401, 401)


def test_secrets_are_not_readable_in_the_database(hook):
    stored = str(Hook.objects.get().secrets)
    assert hook[1].secret not in stored
    assert hook[1].secret.removeprefix("whsec_") not in stored


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
    ],
)
def test_malformed_json_is_refused_before_the_database(client, hook, body):
    raw, headers = hook[1].signed(body)
    answer = client.post(
        f"/hooks/{hook[0].slug}", raw, content_type="application/json", headers=headers
    )
    assert answer.status_code == 400, answer.content
    assert not InboundWebhook.objects.exists()


def test_bytes_that_are_no_text_are_refused(client, hook):
    _, headers = hook[1].signed({})
    answer = client.post(
        f"/hooks/{hook[0].slug}",
        b"\xff\xfe",
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code == 401


def test_too_large_a_body_is_refused(post):
    assert (
        post(
            {"customer_id": "c1", "filler": "x" * webhook_receipt.LARGEST_BYTES}
        ).status_code
        == 413
    )


def test_unknown_address_and_wrong_verb(client, post):
    assert post({}, slug="nowhere").status_code == 404
    assert client.get("/hooks/cart-left").status_code == 405


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        ({"customer_id": "nobody"}, "No customer has the id in customer_id."),
        ({}, "The payload has no customer id at customer_id."),
        ({"customer_id": {"$ne": 1}}, "The payload has no customer id at customer_id."),
    ],
)
def test_a_webhook_that_names_nobody_is_kept_with_its_reason(post, payload, detail):
    post(payload)
    webhook_processing.process()
    assert (only().state, only().detail) == ("refused", detail)


def test_a_paused_campaign_keeps_its_webhooks_and_goes_on_with_them(post, hook):
    customer, other = make_customers(2, "email")
    campaign_state.pause(hook[0].campaign)
    post({"customer_id": customer.external_id}, "a")
    post({"customer_id": other.external_id}, "b")
    assert (webhook_processing.process(), webhook_processing.drop_stale()) == (0, 0)
    assert set(InboundWebhook.objects.values_list("state", flat=True)) == {"received"}
    campaign_state.resume(hook[0].campaign)
    assert webhook_processing.process() == 2
    assert Message.objects.count() == 2


def test_what_waited_longer_than_it_is_of_use_is_dropped_with_its_reason_and_can_be_tried_again(
    post, hook
):
    campaign, customer = hook[0].campaign, make_customers(1, "email")[0]
    campaign_state.pause(campaign)
    post({"customer_id": customer.external_id})
    InboundWebhook.objects.update(
        received_at=real_now() - timedelta(hours=73)
    )  # 72 are the default
    assert webhook_processing.drop_stale() == 1
    assert (only().state, "paused for longer" in only().detail) == ("refused", True)
    campaign_state.resume(campaign)
    assert webhook_processing.process() == 0
    assert replay.replay(campaign)["webhooks"] == 1
    assert webhook_processing.process() == 1
    assert (only().state, Message.objects.count()) == ("processed", 1)
    assert replay.replay(campaign)["webhooks"] == 0, (
        "what was processed is not tried again"
    )


def test_a_campaign_that_was_stopped_refuses_its_webhooks_and_never_resumes(post, hook):
    campaign, customer = hook[0].campaign, make_customers(1, "email")[0]
    campaign_state.stop(campaign)
    post({"customer_id": customer.external_id})
    webhook_processing.process()
    assert (only().state, "stopped for good" in only().detail) == ("refused", True)
    with pytest.raises(campaign_state.CannotChange, match="stopped for good"):
        campaign_state.resume(campaign)


def test_two_customers_with_a_cart_of_the_same_id_get_a_message_each(client):
    hook, secret = make_hook("carts", key_field="cart.id")
    for n, customer in enumerate(make_customers(2, "email")):
        raw, headers = Sender(secret).signed(
            {"customer_id": customer.external_id, "cart": {"id": 9}}, f"evt_{n}"
        )
        client.post(
            f"/hooks/{hook.slug}", raw, content_type="application/json", headers=headers
        )
    assert webhook_processing.process() == 2
    assert Message.objects.count() == 2


def test_an_error_of_our_own_keeps_the_others_going(post, monkeypatch):
    first, second = make_customers(2, "email")
    post({"customer_id": first.external_id}, "a")
    post({"customer_id": second.external_id}, "b")
    called = webhook_processing.call

    def broken(campaign, customer, **rest):
        if customer == first:
            raise ZeroDivisionError
        return called(campaign, customer, **rest)

    monkeypatch.setattr(webhook_processing, "call", broken)
    assert webhook_processing.process() == 2
    assert list(
        InboundWebhook.objects.order_by("pk").values_list("state", flat=True)
    ) == ["refused", "processed"]


def test_command_makes_an_address_and_shows_its_secret_once(capsys, hook):
    call_command(
        "hook", "create", "welcome", "--campaign", hook[0].campaign.name, "--json"
    )
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["secret"].startswith("whsec_")
    assert said["url"].endswith("/hooks/welcome")


@pytest.mark.parametrize(
    "words",
    [
        ("create", "welcome", "--campaign", "nothing"),
        ("create", "welcome"),
        ("create", "not a slug", "--campaign", "x"),
        ("rotate", "nowhere"),
    ],
)
def test_command_refuses_in_one_sentence(words):
    with pytest.raises(CommandError) as error:
        call_command("hook", *words)
    assert error.value.returncode == 2


@pytest.mark.parametrize(
    ("system", "signature", "event_id"),
    [
        ("shopify", "x-shopify-hmac-sha256", "x-shopify-webhook-id"),
        ("woocommerce", "x-wc-webhook-signature", "x-wc-webhook-delivery-id"),
    ],
)
def test_a_shop_system_starts_a_campaign_in_its_own_way(
    client, system, signature, event_id
):
    hook, _secret = make_hook(system, key_field="checkout.token")
    hook = hook_secrets.create(
        f"{system}-own",
        hook.campaign,
        customer_field="customer.id",
        key_field="token",
        signed_by=system,
        secret="theirs",
    )[0]
    customer = make_customers(1, "email")[0]
    raw = json.dumps({"customer": {"id": customer.external_id}, "token": "t1"}).encode()
    good = base64.b64encode(hmac.digest(b"theirs", raw, "sha256")).decode()
    for signed, delivery, status in (
        (good, "d1", 200),
        (good, "d1", 200),
        (good, "d2", 200),
        (good[:-4], "d3", 401),
    ):
        headers = {signature: signed, event_id: delivery}
        answer = client.post(
            f"/hooks/{hook.slug}", raw, content_type="application/json", headers=headers
        )
        assert answer.status_code == status
    assert webhook_processing.process() == 2
    assert Message.objects.count() == 1, "one checkout is one message"
