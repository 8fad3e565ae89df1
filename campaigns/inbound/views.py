"""POST /hooks/{slug}."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from campaigns.inbound.receive import LARGEST_BYTES, Refused, receive


@csrf_exempt
@require_POST
def hook(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signed webhook; 200 means it is stored, now or before."""
    try:
        is_new = receive(slug, _body(request), {name.lower(): value for name, value in request.headers.items()})
    except Refused as refused:
        return problem(refused.status, refused.sentence)
    return JsonResponse({"status": "accepted" if is_new else "already accepted"})


def problem(status: int, detail: str) -> HttpResponse:
    """Return a problem document (RFC 9457)."""
    body = {"type": "about:blank", "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _body(request: HttpRequest) -> bytes:
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BYTES:
            raise Refused(413, f"A webhook holds at most {LARGEST_BYTES // 1024} KiB.")
        return request.body
    except (RequestDataTooBig, ValueError):
        raise Refused(413, f"A webhook holds at most {LARGEST_BYTES // 1024} KiB.") from None
