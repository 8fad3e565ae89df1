"""Which request, job or task a line of the log belongs to."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bound_contextvars

HEADER = "X-Request-ID"
# what proxies write; anything else could be used to forge lines
SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestIds:
    """Name each request in all of its lines and in its answer: as the proxy called it, or
    anew.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        said = request.headers.get(HEADER, "")
        known = said if SANE.fullmatch(said) else uuid.uuid4().hex
        with bound_contextvars(request_id=known):
            response = self.get_response(request)
        response[HEADER] = known
        return response
