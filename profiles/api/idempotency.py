"""Idempotency-Key: a POST that is sent again is answered again, not done again.

The answer is stored in the transaction of the work itself: there is no moment at which
one is kept without the other.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse

from profiles.api import keys
from profiles.api.problems import problem
from profiles.api.requests import raw_body
from profiles.models import IdempotentCall
from retention_site.lib.bodies import BodyTooLarge, MalformedBody

HEADER = "Idempotency-Key"
MOST_CHARACTERS = 255
KEPT = timedelta(days=7)
CLAIM = """
    INSERT INTO profiles_idempotentcall (key, request, status, body) VALUES (%s, %s, 0, '')
    ON CONFLICT (key) DO NOTHING
"""
Run = Callable[..., HttpResponse]


def once(run: Run) -> Run:
    """Do a POST with an Idempotency-Key once; same key and body get the first answer,
    another body is refused.
    """

    @wraps(run)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get(HEADER)
        if not key or request.method != "POST":
            return run(request, *args, **kwargs)
        if len(key) > MOST_CHARACTERS:
            return problem(
                400, f"{HEADER} is longer than {MOST_CHARACTERS} characters."
            )
        try:
            body = raw_body(request)
        except MalformedBody as error:
            return problem(413 if isinstance(error, BodyTooLarge) else 400, str(error))
        caller = keys.caller_of(request)
        # no key, or one that is closed: nothing is told again, nothing is written
        if caller is None:
            return run(request, *args, **kwargs)
        return _answer(
            _digest(str(caller.key), request.path, key),
            _digest(body),
            lambda: run(request, *args, **kwargs),
        )

    return answered


def forget_old() -> int:
    """Forget answers that nobody will ask for again; return how many."""
    return IdempotentCall.objects.filter(created_at__lt=Now() - KEPT).delete()[0]


@transaction.atomic
def _answer(key: str, request: str, run: Callable[[], HttpResponse]) -> HttpResponse:
    """Claim the key, waiting for a twin that is on its way; then do the work, or say
    what it came to.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [key, request])
        if not cursor.rowcount:
            return _again(IdempotentCall.objects.get(key=key), request)
    response = run()
    if response.status_code >= 500:
        transaction.set_rollback(True)
    elif response.status_code >= 400:
        IdempotentCall.objects.filter(key=key).delete()
    else:
        body = response.content.decode()
        IdempotentCall.objects.filter(key=key).update(
            status=response.status_code, body=body
        )
    return response


def _again(call: IdempotentCall, request: str) -> HttpResponse:
    if call.request != request:
        return problem(
            422,
            f"This {HEADER} was used for another body.",
            code="idempotency_key_reused",
        )
    headers = {"Idempotent-Replayed": "true"}
    return HttpResponse(
        call.body, status=call.status, content_type="application/json", headers=headers
    )


def _digest(*parts: str | bytes) -> str:
    found = sha256()
    for part in parts:
        found.update(part.encode("utf-8", "replace") if isinstance(part, str) else part)
        found.update(b"\0")
    return found.hexdigest()
