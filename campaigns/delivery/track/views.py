"""The public pages behind the links of a message."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.content import language_variants
from campaigns.delivery.channels import provider_settings
from campaigns.delivery.channels.callback_signatures import json_map
from campaigns.delivery.channels.provider import Unreadable
from campaigns.delivery.limits import contact_pace
from campaigns.delivery.track import (
    bot_detection,
    engagement,
    optout,
    preference_centre,
    web_push_subscriptions,
)
from campaigns.models import ContactPace, Message, TrackedLink
from campaigns.rendering import links, utm
from profiles.models import Customer
from retention_site.lib.security.signing import BadToken

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
Page = Callable[..., HttpResponse]


@contextmanager
def spoken(request: HttpRequest, person: Customer) -> Iterator[None]:
    """Speak the language that the reader chose, else the customer's, else the
    browser's.
    """
    known = tuple(code for code, _name in settings.LANGUAGES)
    wanted = request.GET.get("lang", "")
    language = (
        wanted if wanted in known else language_variants.closest(known, person.language)
    )
    if not language:
        yield
        return
    with translation.override(language):
        yield


def for_message(kind: str) -> Callable[[Page], Page]:
    """Find the message of a token; a token that was not made here leads to a plain
    page, never further.
    """

    def around(page: Page) -> Page:
        @wraps(page)
        @never_cache
        def view(request: HttpRequest, token: str) -> HttpResponse:
            try:
                pk, *rest = links.read(kind, token)
            except BadToken:
                return _gone(request)
            message = engagement.message_of(pk)
            if message is None:
                return _gone(request)
            with spoken(request, optout.person_of(message)):
                return page(request, message, token, *rest)

        return view

    return around


# the token in the address is the right to act; mail programs post without a cookie (RFC
# 8058)
@csrf_exempt
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
        _choose(request, message)
    page = {
        "message": message,
        "choices": preference_centre.choices(message),
        "is_slower": contact_pace.is_slower(optout.person_of(message)),
        "is_done": request.method == "POST",
        "push": _push(optout.person_of(message)),
    }
    return render(request, "public/preferences.html", page)


def _choose(request: HttpRequest, message: Message) -> None:
    if "stop" in request.POST:
        preference_centre.stop_everything(message, network=_network(request))
        return
    if pace := request.POST.get("pace"):
        contact_pace.state(
            optout.person_of(message),
            wants_less=pace == ContactPace.Pace.LESS,
            source="preference centre",
        )
    shown = request.POST.getlist("shown")
    preference_centre.choose(
        message, {key: key in request.POST for key in shown}, network=_network(request)
    )


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def push(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether this browser may show notifications; POST brings its subscription."""
    try:
        (pk,) = links.read(links.PUSH, token)
    except (BadToken, ValueError):
        return _gone(request)
    customer = (
        Customer.objects.filter(pk=pk, erased_at=None)
        .select_related("merged_into")
        .first()
    )
    if customer is None:
        return _gone(request)
    person = customer.merged_into or customer
    with spoken(request, person):
        if request.method != "POST":
            return render(request, "public/push.html", {"push": _push(person)})
        return _subscribed(request, person)


def _subscribed(request: HttpRequest, person: Customer) -> HttpResponse:
    try:
        told = json_map(request.body)
        if told.get("gone") is True:
            web_push_subscriptions.unsubscribe(person, told)
        else:
            web_push_subscriptions.subscribe(person, told, network=_network(request))
    except (web_push_subscriptions.BadSubscription, Unreadable) as error:
        return JsonResponse({"detail": str(error)}, status=400)
    return JsonResponse({"status": "kept"})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that shows notifications, from an address that covers the subscribing
    pages.
    """
    return render(request, "public/push_worker.js", content_type="text/javascript")


def _push(person: Customer) -> dict[str, str]:
    """What the button needs that asks for notifications."""
    carrier = provider_settings.carrier("web_push")
    return {"key": getattr(carrier, "public_key", ""), "url": links.push_url(person.pk)}


@require_safe
@for_message(links.CLICK)
def click(
    request: HttpRequest, message: Message, token: str, target: int
) -> HttpResponse:
    """Lead to the stored target; what looks is noted with its evidence."""
    link = TrackedLink.objects.filter(pk=target).first()
    if link is None:
        return _gone(request)
    if request.method == "GET":
        engagement.click(message, link.url, _evidence(request, message))
    return HttpResponseRedirect(utm.told(link.url, message))


@require_safe
@for_message(links.OPEN)
def opened(request: HttpRequest, message: Message, token: str) -> HttpResponse:
    """Answer with a picture of one dot."""
    if request.method == "GET":
        engagement.open_(message, _evidence(request, message))
    return HttpResponse(PIXEL, content_type="image/gif")


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "public/gone.html", status=404)


def _network(request: HttpRequest) -> str:
    return bot_detection.network_of(request.META.get("REMOTE_ADDR", ""))


def _evidence(request: HttpRequest, message: Message) -> bot_detection.Evidence:
    return bot_detection.weigh(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        address=request.META.get("REMOTE_ADDR", ""),
        seconds_since_sent=engagement.seconds_since_sent(message),
    )
