"""POST /hooks/{slug} and /callbacks/{channel}/{provider}."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.inbound import callbacks
from campaigns.inbound.webhook_receipt import LARGEST_BYTES, Refused, receive
from profiles.api.problems import problem


@csrf_exempt
@require_POST
def hook(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a signed webhook; 200 means it is stored, now or before."""
    try:
        is_new = receive(
            slug,
            _body(request),
            {name.lower(): value for name, value in request.headers.items()},
        )
    except Refused as refused:
        return problem(refused.status, refused.sentence)
    return JsonResponse({"status": "accepted" if is_new else "already accepted"})


@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def callback(request: HttpRequest, channel: str, provider: str) -> HttpResponse:
    """Take what a provider tells of its messages; some ask by HEAD whether anybody is
    there.
    """
    if request.method == "HEAD":
        return HttpResponse()
    try:
        return callbacks.take(channel, provider, request)
    except Refused as refused:
        answer = problem(refused.status, refused.sentence)
        if refused.status == 503:
            answer["Retry-After"] = str(callbacks.AGAIN_SECONDS)
        return answer


def _body(request: HttpRequest) -> bytes:
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BYTES:
            raise Refused(413, f"A webhook holds at most {LARGEST_BYTES // 1024} KiB.")
        return request.body
    except (RequestDataTooBig, ValueError):
        raise Refused(
            413, f"A webhook holds at most {LARGEST_BYTES // 1024} KiB."
        ) from None
