"""Mask addresses and numbers in whatever the admin answers to those who may not read
them: pages, fragments, files, errors.

Pages mask what they know to be personal themselves. This is the last gate, for what
stands where nobody looked: in a subject, a payload, a reason, a log. On pages where
texts are written only customers' own addresses are masked: a shop may write to whom it
likes there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from profiles.admin.rights import PERSONAL
from profiles.models import Customer, Identity
from retention_site.lib.admin.masking import masked
from retention_site.lib.security.log_redaction import ADDRESS

TEXTS = ("text/", "application/json")
PHONE = re.compile(r"(?<![\w.])(?:\+|&#43;|%2B|\\u002B)\d[\d ()./-]{6,30}\d", re.I)
AT = re.compile(r"%(?:25){0,3}40")
AT_SIGN = re.compile(r"@|%(?:25){0,3}40")
BEFORE, AFTER = 64, 320  # the longest local part, and the longest domain
WRITTEN = (  # where texts are written
    "/admin/templates/",
    "/admin/campaigns/template",
    "/admin/campaigns/campaign/add/",
    "/admin/campaigns/version/",
    "/admin/brand/",
    "/admin/campaigns/seedaddress/",
    "/admin/campaigns/trialsend/",
    "/admin/recipes/",
    "/admin/channels/",
    "/admin/rules/",
    "/admin/team/",
    "/admin/auth/",
    "/admin/password_change/",
)


class MaskPersonalData:
    """Middleware, after those of accounts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        if not request.path_info.startswith("/admin/") or _may_read(request):
            return answer
        if not str(answer.get("Content-Type", "")).startswith(TEXTS):
            return answer
        path = request.path_info
        is_written = path.startswith(WRITTEN) or "/edit/" in path
        if isinstance(answer, StreamingHttpResponse):
            answer.streaming_content = _each(answer.streaming_content, is_written)
        else:
            _mask(answer, is_written)
        return answer


def hide(text: str, *, is_written: bool = False) -> str:
    """Return a text without addresses and numbers that are not the shop's own."""
    found = {*_addresses(text), *PHONE.findall(text)}
    if not found:
        return text
    hidden = _of_customers(found) if is_written else found - _own(found)
    for token in sorted(hidden, key=len, reverse=True):
        text = text.replace(token, masked(_plain(token)))
    return text


def _addresses(text: str) -> Iterator[str]:
    """Look around each at-sign alone: a page is long, and few stand in it."""
    for at in AT_SIGN.finditer(text):
        yield from ADDRESS.findall(text[max(0, at.start() - BEFORE) : at.end() + AFTER])


def _may_read(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is None or not user.is_authenticated or user.has_perm(PERSONAL)


def _mask(answer: Any, is_written: bool) -> None:
    text = answer.content.decode(answer.charset, "replace")
    hidden = hide(text, is_written=is_written)
    if hidden != text:
        answer.content = hidden.encode(answer.charset)
        if "Content-Length" in answer.headers:
            answer.headers["Content-Length"] = str(len(answer.content))


def _each(parts: Any, is_written: bool) -> Iterator[bytes]:
    for part in parts:
        yield hide(part.decode("utf-8", "replace"), is_written=is_written).encode()


def _plain(token: str) -> str:
    """Return an address or a number as it is kept."""
    token = AT.sub("@", token).replace("&#43;", "+").replace("\\u002B", "+")
    if "@" in token:
        return token
    return "+" + re.sub(r"\D", "", token.replace("%2B", "+").replace("%2b", "+"))


def _of_customers(tokens: set[str]) -> set[str]:
    plain = {token: _plain(token) for token in tokens}
    asked = {*plain.values(), *(one.lower() for one in plain.values())}
    known: set[str] = set()
    for rows in (
        Customer.objects.filter(email__in=asked).values_list("email", flat=True),
        Customer.objects.filter(phone__in=asked).values_list("phone", flat=True),
        Identity.objects.filter(value__in=asked).values_list("value", flat=True),
    ):
        known |= {one.lower() for one in rows}
    return {token for token, one in plain.items() if one.lower() in known}


def _own(tokens: set[str]) -> set[str]:
    """Return which are the shop's own: its sender, its operators, its staff, its
    domain; none of them is a customer's.
    """
    sender = parseaddr(settings.FROM_EMAIL)[1].lower()
    domains = {sender.rpartition("@")[2], urlsplit(settings.SHOP_URL).hostname or ""}
    plain = {token: _plain(token).lower() for token in tokens}
    ours = {one.lower() for one in settings.OPERATOR_EMAILS} | {settings.SMS_SENDER}
    staff = get_user_model().objects.filter(is_staff=True, email__in=plain.values())
    ours |= {one.lower() for one in staff.values_list("email", flat=True)}
    own = {
        token
        for token, one in plain.items()
        if one in ours or one.rpartition("@")[2] in domains - {""}
    }
    return own - _of_customers(own) if own else own
