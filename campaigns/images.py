"""Serve the pictures of letters, to everybody who gets one."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from campaigns.models import Image

FOR_A_YEAR = "public, max-age=31536000, immutable"  # the name is made of the content
SHOWS_ONLY = "default-src 'none'; sandbox"


@require_safe
def image(request: HttpRequest, digest: str, suffix: str) -> HttpResponse:
    """Answer with a picture of the library."""
    tag = f'"{digest}"'
    if request.headers.get("If-None-Match") == tag:
        return _cached(HttpResponseNotModified(), tag)
    found = Image.objects.filter(digest=digest).first()
    if found is None:
        return HttpResponse("There is no such picture.", "text/plain", status=404)
    return _cached(HttpResponse(bytes(found.content), found.media_type), tag)


def _cached(answer: HttpResponse, tag: str) -> HttpResponse:
    answer["ETag"] = tag
    answer["Cache-Control"] = FOR_A_YEAR
    answer["Content-Security-Policy"] = SHOWS_ONLY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
