"""Keys open what their scope says, until they are revoked or their time is over."""

from datetime import timedelta

import pytest

from profiles.models import ApiKey
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
