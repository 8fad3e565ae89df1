"""A POST with an Idempotency-Key is done once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from profiles.api import idempotency
from profiles.models import ApiKey, Event, IdempotentCall
from retention_site.lib.clock import real_now

KEY = {"Idempotency-Key": "k1"}
# no messageId: only the key tells twins
EVENT = {"userId": "anna", "event": "Product Viewed"}


def test_same_call_is_answered_again_and_not_done_again(writer):
    first = writer.post("/v1/track", EVENT, **KEY)
    again = writer.post("/v1/track", EVENT, **KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert Event.objects.count() == 1


def test_key_with_another_body_is_refused(writer):
    writer.post("/v1/track", EVENT, **KEY)
    assert writer.post("/v1/track", EVENT | {"event": "x"}, **KEY).status_code == 422
    assert Event.objects.count() == 1


def test_keys_of_different_callers_are_different(caller):
    caller("write").post("/v1/track", EVENT, **KEY)
    caller("write").post("/v1/track", EVENT, **KEY)
    assert Event.objects.count() == 2


def test_refused_call_may_be_put_right_under_its_key(writer):
    assert writer.post("/v1/track", {"event": "view"}, **KEY).status_code == 422
    assert writer.post("/v1/track", EVENT, **KEY).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_twins_at_once_are_done_once(caller):
    writers, answers = [caller("write") for _ in range(1)] * 6, []

    def call(one):
        answers.append(one.post("/v1/track", EVENT, **KEY).content)
        connection.close()

    threads = [threading.Thread(target=call, args=[one]) for one in writers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(set(answers)) == 1
    assert Event.objects.count() == 1


def test_old_answers_are_forgotten(writer):
    writer.post("/v1/track", EVENT, **KEY)
    IdempotentCall.objects.update(
        created_at=real_now() - idempotency.KEPT - timedelta(hours=1)
    )
    assert (idempotency.forget_old(), IdempotentCall.objects.count()) == (1, 0)


def test_a_revoked_key_gets_no_answer_again(writer):
    assert writer.post("/v1/track", EVENT, **KEY).status_code == 200
    ApiKey.objects.get().revoke(now=real_now())
    again = writer.post("/v1/track", EVENT, **KEY)
    assert (again.status_code, again.headers.get("Idempotent-Replayed")) == (401, None)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer rapport_write_nonsense", "Basic !", "Bearer"]
)
def test_a_call_without_a_key_writes_nothing(
    writer, authorization, django_assert_max_num_queries
):
    writer.authorization = authorization
    with django_assert_max_num_queries(2) as queries:
        assert writer.post("/v1/track", EVENT, **KEY).status_code == 401
    assert not [one for one in queries if not one["sql"].lstrip().startswith("SELECT")]
    assert not IdempotentCall.objects.exists()
