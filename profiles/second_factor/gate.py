"""Let nobody into the admin by password alone who has a second factor, or is asked for
one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from profiles.second_factor import devices

STATE = "second_factor"  # in the session: which of the three holds
NEEDED, TO_SET_UP, NONE = "needed", "to set up", "none"
OPEN = (
    "/admin/login/",
    "/admin/logout/",
    "/admin/second-factor/",
    "/admin/jsi18n/",
)


class SecondFactorGate:
    """Middleware, after those of sessions, of accounts and of django-otp."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if (
            path.startswith("/admin/")
            and not path.startswith(OPEN)
            and request.user.is_authenticated
        ):
            state = request.session.get(STATE) or settle(request, request.user)
            # who signed in before it was asked for, or while it was
            if state == TO_SET_UP or (state == NONE and devices.roles_that_need_one()):
                state = settle(request, request.user)
            if state == TO_SET_UP:
                return redirect("second-factor")
            # django-otp has taught it whether it is verified
            account: Any = request.user
            if state == NEEDED and not account.is_verified():
                return redirect(
                    f"{reverse('second-factor-check')}?{urlencode({'next': path})}"
                )
        return self.get_response(request)


def settle(request: HttpRequest, user: Any) -> str:
    """Note in the session what a sign-in still asks for."""
    missing = TO_SET_UP if devices.is_required(user) else NONE
    state = NEEDED if devices.has_one(user) else missing
    if request.session.get(STATE) != state:
        request.session[STATE] = state
    return state


def on_login(request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    """Listen to sign-ins."""
    if request is not None and hasattr(request, "session"):
        settle(request, user)
