"""Keys open what their scope says, until they are revoked or their time is over."""

import base64
from datetime import timedelta

import pytest

from profiles.api import key_limits
from profiles.models import ApiKey
from retention_site.lib import wrong_tries
from retention_site.lib.clock import real_now
from tests.factories import make_customer

EVENT = {"userId": "anna", "event": "Product Viewed"}


def test_call_without_a_key_is_refused_as_a_problem(client, db):
    answer = client.post("/v1/track", EVENT, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (
        401,
        "application/problem+json",
    )
    assert answer.json() | {"detail": ""} == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "",
        "code": "unauthorized",
    }
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("basic", [True, False], ids=["basic", "bearer"])
def test_write_key_opens_the_segment_calls_either_way(caller, basic):
    assert caller("write", basic=basic).post("/v1/track", EVENT).status_code == 200


def test_key_of_another_scope_may_not(caller):
    make_customer(external_id="anna")
    assert caller("read").post("/v1/track", EVENT).status_code == 403
    assert caller("write").get("/v1/customers/anna").status_code == 403
    assert caller("read").get("/v1/customers/anna").status_code == 200


def test_basic_auth_is_for_the_segment_calls_only(caller):
    assert caller("read", basic=True).get("/v1/customers/anna").status_code == 401


def test_revoked_key_opens_nothing(writer):
    ApiKey.objects.get().revoke(now=real_now())
    assert writer.post("/v1/track", EVENT).status_code == 401


def test_rotated_key_opens_until_its_grace_is_over(caller):
    old = caller("write")
    key = ApiKey.objects.get()
    _successor, secret = key.rotate(now=real_now())
    assert old.post("/v1/track", EVENT).status_code == 200
    key.expires_at = real_now() - timedelta(seconds=1)
    key.save()
    assert old.post("/v1/track", EVENT).status_code == 401
    old.authorization = f"Bearer {secret}"
    assert old.post("/v1/track", EVENT).status_code == 200


def test_database_does_not_hold_the_key(db):
    made, secret = ApiKey.make("till")
    assert secret not in str(ApiKey.objects.filter(pk=made.pk).values().get())


def test_command_prints_a_key_that_opens(db, capsys, client):
    from django.core.management import call_command

    call_command("key", "create", "--scope", "write")
    secret = capsys.readouterr().out.strip()
    answer = client.post(
        "/v1/track",
        EVENT,
        "application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200


@pytest.fixture
def later(monkeypatch):
    """Let time pass for what counts wrong keys."""
    moment = [1_000.0]
    monkeypatch.setattr(wrong_tries, "monotonic", lambda: moment[0])
    return lambda seconds: moment.__setitem__(0, moment[0] + seconds)


def guess(client, n: int, *, address: str = "203.0.113.9", how: str = "bearer"):
    secret = f"rapport_write_{n:032}"
    told = {
        "bearer": {"Authorization": f"Bearer {secret}"},
        "basic": {
            "Authorization": f"Basic {base64.b64encode(f'{secret}:'.encode()).decode()}"
        },
        "body": {},
    }[how]
    body = EVENT | ({"writeKey": secret} if how == "body" else {})
    return client.post(
        "/v1/track", body, "application/json", headers=told, REMOTE_ADDR=address
    )


@pytest.mark.parametrize("how", ["bearer", "basic", "body"])
def test_wrong_keys_are_limited_by_address(
    client, db, later, how, django_assert_num_queries
):
    said = [guess(client, n, how=how).status_code for n in range(key_limits.MOST_WRONG)]
    assert set(said) == {401}
    with django_assert_num_queries(0):
        answer = guess(client, 99, how=how)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= wrong_tries.WINDOW_SECONDS + 1
    assert guess(client, 99, how=how, address="203.0.113.10").status_code == 401
    later(wrong_tries.WINDOW_SECONDS + 1)
    assert guess(client, 99, how=how).status_code == 401


def test_a_guesser_does_not_lock_out_the_shop_beside_it(caller, client, later):
    """The shop's own server may share an address with a broken client."""
    writer = caller("write")
    assert writer.post("/v1/track", EVENT).status_code == 200
    for n in range(key_limits.MOST_WRONG + 5):
        guess(client, n, address="127.0.0.1")
    later(10)
    assert writer.post("/v1/track", EVENT).status_code == 200
    assert guess(client, 99, address="127.0.0.1").status_code == 429


def test_a_revoked_key_is_limited_like_any_other(caller, later):
    writer = caller("write")
    assert writer.post("/v1/track", EVENT).status_code == 200
    ApiKey.objects.get().revoke(now=real_now())
    said = [
        writer.post("/v1/track", EVENT).status_code
        for _ in range(key_limits.MOST_WRONG + 1)
    ]
    assert said == [401] * key_limits.MOST_WRONG + [429]


def test_the_many_addresses_of_one_network_count_together(client, db, later):
    for n in range(key_limits.MOST_WRONG):
        guess(client, n, address=f"2001:db8:1:1::{n:x}")
    assert guess(client, 99, address="2001:db8:1:1:ffff::1").status_code == 429
    assert guess(client, 99, address="2001:db8:1:2::1").status_code == 401


def test_counting_forgets_quiet_addresses(client, db, later, monkeypatch):
    monkeypatch.setattr(wrong_tries, "MOST_KNOWN", 5)
    for n in range(50):
        guess(client, n, address=f"198.51.100.{n}")
    assert len(key_limits.tries._wrong) == 5
