"""Errors of the API as RFC 9457 problem details: what happened and what to do, in one
sentence each.
"""

import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    JsonResponse,
    UnreadablePostError,
)
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from profiles.intake.quarantine.refused_rows import BadRow
from retention_site.lib.bodies import BodyTooLarge, MalformedBody
from retention_site.lib.commands import first_line

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
# addresses whose every error is a problem
FOR_PROGRAMS = ("/v1/", "/hooks/", "/callbacks/")
RETRY_SECONDS = 2  # the database is usually back by then


class Failure(Schema):
    """One part of a call that was not taken in."""

    index: int | None = Field(None, description="Its place in the batch, from 0.")
    id: str = Field("", description="The id it came with.")
    field: str
    reason: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    failed: list[Failure] | None = None


class Refusal(Exception):
    """Stop here and answer with a problem."""

    def __init__(
        self, status: int, detail: str, *, code: str = "", **more: Any
    ) -> None:
        super().__init__(detail)
        self.response = problem(status, detail, code=code, **more)


def problem(
    status: int,
    detail: str,
    *,
    code: str = "",
    headers: dict[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """Return the answer for one error; ``code`` is a word that programs can compare."""
    title = HTTPStatus(status).phrase
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    said |= {"code": code or title.lower().replace(" ", "_"), **more}
    return JsonResponse(said, status=status, content_type=MEDIA_TYPE, headers=headers)


def failure(bad: BadRow) -> dict[str, Any]:
    """Say which part of a call was refused, and why."""
    return {
        "index": bad.line,
        "id": bad.place,
        "field": bad.column,
        "reason": bad.reason,
    }


def install(api: NinjaAPI) -> None:
    """Let every exception of an operation become a problem."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, answer)


def unauthorized() -> HttpResponse:
    """Return the answer to a call without a valid key."""
    detail = (
        "Send a valid API key: as a Bearer token, or on the Segment calls as the user"
        " name of basic auth."
    )
    return problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="Rapport"'})


@csrf_exempt  # who posts to an address that is none shall learn just that
def nowhere(_request: HttpRequest, **_kwargs: str) -> HttpResponse:
    """Answer a call to an address that the API does not have."""
    return problem(404, "The API has no such address; see /v1/docs.")


class ProblemsMiddleware:
    """Let errors that no operation answers (no such method, a body over Django's cap)
    be problems too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path.startswith(FOR_PROGRAMS):
            return response
        if response.headers.get("Content-Type") == MEDIA_TYPE:
            return response
        kept = {
            name: response.headers[name]
            for name in ("Allow", "Retry-After")
            if name in response.headers
        }
        return problem(
            response.status_code,
            WORDS.get(response.status_code, "The call was refused."),
            headers=kept,
        )


WORDS = {
    404: "There is nothing here.",
    405: "This address does not take this method.",
    413: "The body is too large.",
    500: "Something broke here.",
}


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    failed = [
        {
            "index": None,
            "id": "",
            "field": ".".join(str(part) for part in one["loc"][1:]),
            "reason": one["msg"],
        }
        for one in error.errors
    ]
    return problem(
        422, "The call holds values that can't be taken.", code="invalid", failed=failed
    )


def _refused(_request: HttpRequest, error: Any) -> HttpResponse:
    match error.__cause__:
        case BodyTooLarge() as cause:
            return problem(413, str(cause))
        case MalformedBody() as cause:
            return problem(400, str(cause))
    return problem(error.status_code, str(error))


def _away(_request: HttpRequest, error: Any) -> HttpResponse:
    log.warning("database away", error=first_line(error))
    return problem(
        503,
        "The database is away; try again.",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _broken(request: HttpRequest, error: Any) -> HttpResponse:
    # Only where, and the first line of what: the lines below it may hold a customer's
    # data.
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "call broke",
        path=request.path,
        error=f"{type(error).__name__}: {first_line(error)}",
        where=where,
    )
    return problem(500, "Something broke here; it is in the log.")


ANSWERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Refusal: lambda _request, refusal: refusal.response,
    AuthenticationError: lambda _request, _error: unauthorized(),
    BodyTooLarge: lambda _request, error: problem(413, str(error)),
    MalformedBody: lambda _request, error: problem(400, str(error)),
    RequestDataTooBig: lambda _request, _error: problem(413, WORDS[413]),
    UnreadablePostError: lambda _request, _error: problem(400, "The body ended early."),
    HttpError: _refused,
    Http404: lambda _request, _error: problem(404, WORDS[404]),
    ValidationError: _invalid,
    OperationalError: _away,
    InterfaceError: _away,
    Exception: _broken,
}
