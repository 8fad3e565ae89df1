"""Pages of other sites may call the API where CORS_ORIGINS names them: the browser asks
first, and is told here.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

API = "/v1/"
ANYBODY = "*"
ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": (
        "Authorization, Content-Type, Content-Encoding, Idempotency-Key"
    ),
    # seconds for which the browser need not ask again
    "Access-Control-Max-Age": "86400",
}


class CorsMiddleware:
    """Answer what browsers ask before a call, and let the page read the call's answer.
    No cookie opens the API.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API) or not settings.CORS_ORIGINS:
            return self.get_response(request)
        is_question = (
            request.method == "OPTIONS"
            and "Access-Control-Request-Method" in request.headers
        )
        response = (
            HttpResponse(status=204) if is_question else self.get_response(request)
        )
        origin = request.headers.get("Origin", "")
        patch_vary_headers(response, ["Origin"])
        if _is_allowed(origin):
            response["Access-Control-Allow-Origin"] = origin
            for name, value in ALLOWED.items() if is_question else ():
                response[name] = value
        return response


def _is_allowed(origin: str) -> bool:
    named = {one.rstrip("/").lower() for one in settings.CORS_ORIGINS}
    return bool(origin) and (ANYBODY in named or origin.lower() in named)
