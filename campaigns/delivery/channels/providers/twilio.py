"""Text messages by Twilio's Messages API (2010-04-01)."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from campaigns.delivery.channels import http
from campaigns.delivery.channels.callback_signatures import (
    callback_url,
    form_hmac,
    raw_body,
)
from campaigns.delivery.channels.endpoints import Endpoint, parse
from campaigns.delivery.channels.line import Line, Outgoing
from campaigns.delivery.channels.provider import (
    ByEndpoint,
    Heard,
    NotTheirs,
    SecretField,
    What,
)
from campaigns.delivery.channels.sms import SmsForm
from campaigns.delivery.outcome import Outcome, refused

API = "https://api.twilio.com"
# not a number, or none that takes text messages
NO_SUCH_NUMBER = {21211, 21214, 21217, 21614}
GONE = {30005, 30006}  # unknown handset; landline or unreachable carrier
STOPPED = 21610  # the person answered STOP to this sender


class TwilioForm(SmsForm):
    account = forms.RegexField(r"^AC[0-9a-fA-F]{32}$", label=_("Account SID"))
    token = SecretField(
        label=_("Auth token"), help_text=_("It also signs what Twilio calls back with.")
    )
    api_url = forms.URLField(
        label=_("API address"),
        required=False,
        assume_scheme="https",
        help_text=_("Empty: https://api.twilio.com"),
    )

    field_order = ("account", "token")

    def clean_api_url(self) -> str:
        url = str(self.cleaned_data["api_url"] or "")
        try:
            if url:
                parse(url)
        except ImproperlyConfigured as error:
            raise forms.ValidationError(str(error)) from None
        return url


class Twilio(ByEndpoint):
    """Takes no idempotency key and can't be asked by one: what gets no answer stays
    unknown to us.
    """

    key = "twilio"
    label = _("Twilio")
    words = _("Texts worldwide; delivery reports and replies come back by themselves.")
    form = TwilioForm
    hears = True

    @cached_property
    def endpoint(self) -> Endpoint:
        told = self.given
        where = parse(told.text("api_url") or API)
        path = f"/2010-04-01/Accounts/{quote(told.text('account'))}/Messages.json"
        return Endpoint(
            where.scheme,
            where.host,
            where.port,
            path,
            told.text("account"),
            told.secrets.get("token", ""),
            is_typed=True,
        )

    def open(self, answer_seconds: float) -> AbstractContextManager[Line]:
        return http.line(self.endpoint, answer_seconds, self._request, read)

    def hear(self, request: HttpRequest) -> list[Heard]:
        raw_body(request)  # refuses what is too large before the form is read
        said = {name: str(value) for name, value in request.POST.items()}
        signature = request.headers.get("X-Twilio-Signature", "")
        url, token = callback_url("sms", self.key), self.given.secrets.get("token", "")
        if not token or not form_hmac(token, url, said, signature):
            raise NotTheirs("The signature is not valid.")
        return _heard(said)

    def answer(self, replies: Sequence[str]) -> HttpResponse:
        words = "".join(f"<Message>{escape(one)}</Message>" for one in replies)
        return HttpResponse(
            f'<?xml version="1.0" encoding="UTF-8"?><Response>{words}</Response>',
            content_type="text/xml",
        )

    def _request(self, outgoing: Outgoing) -> http.Request:
        sender = self.given.text("sender") or settings.SMS_SENDER
        fields = {
            "To": outgoing.address,
            (
                "MessagingServiceSid"
                if sender.startswith("MG") and len(sender) == 34
                else "From"
            ): sender,
            "Body": outgoing.text,
        }
        if settings.BASE_URL.startswith("https://"):
            fields["StatusCallback"] = callback_url("sms", self.key)
        return http.form_request(self.endpoint.path, fields, {})


def read(reply: http.Reply) -> Outcome:
    """Turn Twilio's answer into our words."""
    code = _code(reply)
    if reply.status == 400 and code in NO_SUCH_NUMBER:
        return refused(code, "no such mobile number", forgets_address=True)
    if reply.status == 400 and code == STOPPED:
        return refused(code, "this person answered STOP", forgets_address=True)
    return http.judge(reply, lambda answer: answer["sid"])


def _code(reply: http.Reply) -> int:
    try:
        return int(reply.json()["code"])
    except (ValueError, LookupError, TypeError):
        return 0


def _heard(said: dict[str, Any]) -> list[Heard]:
    sid, status = said.get("MessageSid", ""), said.get("MessageStatus", "")
    if status == "delivered":
        return [Heard(What.DELIVERED, f"twilio:{sid}:delivered", ref=sid)]
    if status in ("undelivered", "failed"):
        code = said.get("ErrorCode", "")
        is_lasting = code.isdigit() and int(code) in GONE
        return [
            Heard(
                What.BOUNCED,
                f"twilio:{sid}:failed",
                ref=sid,
                detail=f"error {code}",
                is_lasting=is_lasting,
            )
        ]
    if not status and said.get("From") and "Body" in said:
        is_answered = bool(said.get("OptOutType"))
        return [
            Heard(
                What.REPLIED,
                f"twilio:{sid}:reply",
                address=said["From"],
                text=said["Body"],
                is_answered=is_answered,
            )
        ]
    return []
