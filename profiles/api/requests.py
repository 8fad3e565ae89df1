"""Read what a call carries: any content type, packed or not, strict JSON, under a cap."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError
from ninja.parser import Parser

from profiles.api.problems import Refusal
from retention_site.lib.bodies import (
    MOST_BYTES,
    BodyTooLarge,
    MalformedBody,
    read_json,
    unpacked,
)


def raw_body(request: HttpRequest) -> bytes:
    """Return the body as it came; raise `BodyTooLarge` before reading more than the
    cap.
    """
    try:
        return request.body
    except RequestDataTooBig:
        raise BodyTooLarge(f"The body is larger than {MOST_BYTES} bytes.") from None
    except UnreadablePostError:
        raise MalformedBody("The body ended early.") from None


def json_body(request: HttpRequest) -> Any:
    """Return what the body says."""
    return read_json(
        unpacked(raw_body(request), request.headers.get("Content-Encoding", ""))
    )


def json_object(request: HttpRequest) -> dict[str, Any]:
    """Return the object that the body holds."""
    found = json_body(request)
    if not isinstance(found, dict):
        raise MalformedBody("The body is not a JSON object.")
    return found


def path_text(value: str) -> str:
    """Return a word of the address, if it is one that the database can hold."""
    if "\0" in value:
        raise Refusal(404, "There is nothing here.")
    return value


class StrictParser(Parser):
    """How operations that declare their body read it."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json_body(request)
