"""What was answered is committed, waits for the disk, and is there for everybody."""

import psycopg
import pytest
from django.db import connection

from profiles.intake import tracking
from profiles.models import Event

CALLS = {
    "/v1/track": {"type": "track", "event": "x", "userId": "anna", "messageId": "m1"},
    "/v1/batch": {
        "batch": [{"type": "track", "event": "x", "userId": "anna", "messageId": "m1"}]
    },
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", CALLS)
def test_an_answer_comes_after_the_commit(writer, path):
    assert writer.post(path, CALLS[path]).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    known = connection.get_connection_params()
    wanted = {
        name: known[name]
        for name in ("dbname", "user", "host", "port")
        if name in known
    }
    with psycopg.connect(**wanted) as other:
        assert other.execute("SELECT count(*) FROM profiles_event").fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_what_can_not_be_stored_is_not_answered_as_stored(writer, monkeypatch):
    def fails(*_args, **_more):
        raise RuntimeError("no room on the disk")

    monkeypatch.setattr(tracking, "ingest", fails)
    writer.client.raise_request_exception = False
    assert writer.post("/v1/track", CALLS["/v1/track"]).status_code >= 500
    assert not Event.objects.exists()
