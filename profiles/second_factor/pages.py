"""The pages on which a person sets a second factor up, and is asked for it."""

from __future__ import annotations

from typing import Any

import django_otp
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from profiles.second_factor import devices, gate
from retention_site.lib.acts import Act, tell
from retention_site.lib.admin.pages import address_of, person, show

TEMPLATE = "admin/profiles/second_factor.html"


def own(request: HttpRequest) -> HttpResponse:
    """Show a person's own second factor; set it up, renew its recovery codes, or remove
    it.
    """
    user = person(request)
    if devices.has_one(user) and not user.is_verified():
        return redirect("second-factor-check")
    codes: list[str] = []
    if request.method == "POST":
        codes = DOES.get(request.POST.get("verb", ""), _confirm)(request)
    has_one = devices.has_one(user)
    device = None if has_one else devices.begin(user)
    context = {
        "title": _("Second factor"),
        "has_one": has_one,
        "codes": codes,
        "picture": devices.picture(device) if device else "",
        "key": _spelled(device.config_url) if device else "",
        "is_required": devices.is_required(user),
    }
    return show(request, admin.site, TEMPLATE, context)


def check(request: HttpRequest) -> HttpResponse:
    """Ask for a code, from the app or one of the recovery codes."""
    user = person(request)
    onwards = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(onwards, allowed_hosts=None):
        onwards = reverse("admin:index")
    if user.is_verified() or not devices.has_one(user):
        return redirect(onwards)
    if request.method == "POST":
        if device := devices.check(user, request.POST.get("code", "")):
            django_otp.login(request, device)
            _told(request, "account.second_factor")
            return redirect(onwards)
        _told(request, "account.second_factor_failed")
        messages.error(
            request,
            _(
                "This code is not right, or too many were tried: wait a moment, then"
                " try again."
            ),
        )
    context = {
        "title": _("Second factor"),
        "is_asked": True,
        "next": onwards,
        "is_popup": True,
    }
    return show(request, admin.site, TEMPLATE, context)


def _confirm(request: HttpRequest) -> list[str]:
    made = devices.confirm(person(request), request.POST.get("code", ""))
    if made is None:
        messages.error(
            request, _("This code is not right. Is the clock of your phone right?")
        )
        return []
    device, codes = made
    django_otp.login(request, device)
    request.session[gate.STATE] = gate.NEEDED
    _told(request, "account.second_factor_set_up")
    messages.success(request, _("From now on a code is asked for at each sign-in."))
    return codes


def _renew(request: HttpRequest) -> list[str]:
    if not devices.has_one(person(request)):
        return []
    _told(request, "account.recovery_codes_renewed")
    return devices.renew_recovery_codes(person(request))


def _remove(request: HttpRequest) -> list[str]:
    """Remove it, for a code of its own: an unlocked screen is not enough."""
    user = person(request)
    if not devices.check(user, request.POST.get("code", "")):
        messages.error(
            request,
            _(
                "This code is not right, or too many were tried: wait a moment, then"
                " try again."
            ),
        )
        return []
    devices.reset(user)
    gate.settle(request, user)
    _told(request, "account.second_factor_removed")
    messages.success(request, _("The second factor is removed."))
    return []


DOES = {"confirm": _confirm, "renew": _renew, "remove": _remove}


def _told(request: HttpRequest, verb: str) -> None:
    tell(Act(verb, request.user, person(request), address=address_of(request)))


def _spelled(url: str) -> Any:
    """Return the key of an otpauth address in groups of four, for who types it."""
    key = url.partition("secret=")[2].partition("&")[0]
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
