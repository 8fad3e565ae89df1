"""How long a sign-in lasts: it ends when nobody works for a while, and at last in any
case.
"""

from collections.abc import Callable
from time import time
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from retention_site.lib.admin.sessions import sign_ins
from retention_site.lib.admin.sessions.sign_ins import SEEN, STARTED

NOTED_EVERY_S = 300  # a session is written no more often than this


def begin(request: HttpRequest | None, **_signal: Any) -> None:
    """Listen to sign-ins: a session is as old as its sign-in."""
    if request is not None and hasattr(request, "session"):
        request.session[STARTED] = request.session[SEEN] = time()
        sign_ins.note(request)


class SessionLimits:
    """Middleware: end sessions by idleness (SESSION_COOKIE_AGE) and by age
    (SESSION_LONGEST).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            settings.SESSION_COOKIE_NAME in request.COOKIES
            and request.user.is_authenticated
        ):
            self._look_at(request, time())
        return self.get_response(request)

    def _look_at(self, request: HttpRequest, moment: float) -> None:
        session = request.session
        started = session.get(STARTED)
        if started is None:
            session[STARTED] = session[SEEN] = moment
        elif moment - started > settings.SESSION_LONGEST or self._is_idle(
            session.get(SEEN), moment
        ):
            logout(request)
        elif moment - session.get(SEEN, 0) > NOTED_EVERY_S:
            # saved with it: the cookie and the row live on from here
            session[SEEN] = moment

    @staticmethod
    def _is_idle(seen: float | None, moment: float) -> bool:
        return (
            seen is not None
            and moment - seen > settings.SESSION_COOKIE_AGE + NOTED_EVERY_S
        )
