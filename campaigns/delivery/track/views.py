"""The public pages behind the links of a message."""

import base64
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.delivery import links
from campaigns.delivery.track import evidence, heard, optout
from campaigns.models import Message, TrackedLink
from retention_site.lib.signing import BadToken

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
Page = Callable[..., HttpResponse]


def for_message(kind: str) -> Callable[[Page], Page]:
    """Find the message of a token; a token that was not made here leads to a plain page, never further."""

    def around(page: Page) -> Page:
        @wraps(page)
        @never_cache
        def view(request: HttpRequest, token: str) -> HttpResponse:
            try:
                pk, *rest = links.read(kind, token)
            except BadToken:
                return _gone(request)
            message = heard.message_of(pk)
            return _gone(request) if message is None else page(request, message, token, *rest)

        return view

    return around


@csrf_exempt  # the token in the address is the right to act; mail programs post without a cookie (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
@for_message(links.UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """Show what ends; POST ends it."""
    if request.method == "POST":
        optout.unsubscribe(message, network=_network(request))
    page = {
        "message": message,
        "is_done": request.method == "POST",
        "preferences_url": links.preferences_url(message.pk),
    }
    return render(request, "public/unsubscribe.html", page)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@for_message(links.PREFERENCES)
def preferences(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """Show what the customer gets; POST changes it."""
    if request.method == "POST":
        shown = request.POST.getlist("shown")
        optout.choose(message, {channel: channel in request.POST for channel in shown}, network=_network(request))
    page = {"message": message, "choices": optout.choices(message), "is_done": request.method == "POST"}
    return render(request, "public/preferences.html", page)


@require_safe
@for_message(links.CLICK)
def click(request: HttpRequest, message: Message, token: str, target: int) -> HttpResponse:
    """Lead to the stored target; what looks is noted with its evidence."""
    link = TrackedLink.objects.filter(pk=target).first()
    if link is None:
        return _gone(request)
    if request.method == "GET":
        heard.click(message, link.url, _evidence(request, message))
    return HttpResponseRedirect(link.url)


@require_safe
@for_message(links.OPEN)
def opened(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """Answer with a picture of one dot."""
    if request.method == "GET":
        heard.open_(message, _evidence(request, message))
    return HttpResponse(PIXEL, content_type="image/gif")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "public/gone.html", status=404)


def _network(request: HttpRequest) -> str:
    return evidence.network_of(request.META.get("REMOTE_ADDR", ""))


def _evidence(request: HttpRequest, message: Message) -> evidence.Evidence:
    return evidence.weigh(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        address=request.META.get("REMOTE_ADDR", ""),
        seconds_since_sent=heard.seconds_since_sent(message),
    )
