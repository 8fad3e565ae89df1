"""Text messages through any gateway that takes JSON over HTTP."""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels import http, lookup
from campaigns.delivery.channels.callback_signatures import json_map, standard_body
from campaigns.delivery.channels.endpoints import Endpoint, endpoint, parse
from campaigns.delivery.channels.line import Line, Outgoing
from campaigns.delivery.channels.provider import (
    ByEndpoint,
    Heard,
    SecretField,
    Unreadable,
    What,
)
from campaigns.delivery.channels.sms import SmsForm
from campaigns.delivery.outcome import Outcome
from retention_site.lib.security.signatures import named

TELLS = {"delivered": What.DELIVERED, "failed": What.BOUNCED, "reply": What.REPLIED}


class GatewayForm(SmsForm):
    url = forms.CharField(
        label=_("Address"),
        help_text=_(
            "Such as https://gateway.example/send?idempotent=1, if it drops a repeated"
            " key."
        ),
    )
    username = forms.CharField(label=_("User name"), required=False)
    password = SecretField(label=_("Password or token"))

    field_order = ("url", "username", "password")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            found = parse(url)
        except ImproperlyConfigured as error:
            raise forms.ValidationError(str(error)) from None
        if found.scheme not in ("http", "https") or found.password:
            raise forms.ValidationError(
                _(
                    "It starts with https:// and holds no password: that has its own"
                    " field."
                )
            )
        return url


class Gateway(ByEndpoint):
    """POST ``{"to", "from", "text", "reference"}`` with an Idempotency-Key; the
    answer's ``id`` is the reference.

    It calls back with ``{"type": "delivered" | "failed" | "reply", "id", "from",
    "text", "detail", "lasting"}``, signed by Standard Webhooks.
    """

    key = "gateway"
    label = _("Any HTTP gateway")
    words = _("Takes JSON, answers with an id, calls back by Standard Webhooks.")
    form = GatewayForm
    hears = True

    @cached_property
    def endpoint(self) -> Endpoint:
        told = self.given
        if not told.text("url"):
            return endpoint("sms")
        found = parse(told.text("url"))
        return Endpoint(
            found.scheme,
            found.host,
            found.port,
            found.path,
            told.text("username"),
            told.secrets.get("password", ""),
            found.options,
            is_typed=True,
        )

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, self._read)

    def seen(self, keys: Sequence[str]) -> dict[str, bool]:
        return lookup.seen(self.endpoint, {key: key for key in keys})

    def hear(self, request: HttpRequest) -> list[Heard]:
        body = json_map(standard_body(request, self.given.signing))
        what = TELLS.get(str(body.get("type")))
        if what is None:
            return []
        return [_heard(what, body, named(request.headers, "id"))]

    def answer(self, replies: Sequence[str]) -> HttpResponse:
        return JsonResponse({"replies": list(replies)})

    def _request(self, outgoing: Outgoing) -> http.Request:
        body = {
            "to": outgoing.address,
            "from": (
                self.given.text("sender")
                or self.endpoint.options.get("from", settings.SMS_SENDER)
            ),
            "text": outgoing.text,
            "reference": outgoing.key,
        }
        return http.json_request(
            self.endpoint.path, body, {"Idempotency-Key": outgoing.key}
        )

    def _read(self, reply: http.Reply) -> Outcome:
        return http.judge(reply, lambda answer: answer["id"])


def _heard(what: What, body: dict[str, Any], event_id: str) -> Heard:
    if what == What.REPLIED:
        sender, text = body.get("from"), body.get("text")
        if not isinstance(sender, str) or not isinstance(text, str):
            raise Unreadable("A reply has from and text.")
        return Heard(what, f"gateway:{event_id}", address=sender, text=text)
    detail = body.get("detail")
    said = detail if isinstance(detail, str) else json.dumps(detail)
    is_lasting = what == What.BOUNCED and body.get("lasting") is True
    return Heard(
        what,
        f"gateway:{event_id}",
        ref=str(body.get("id", "")),
        detail=said[:500],
        is_lasting=is_lasting,
    )
