"""Webhooks signed by Standard Webhooks; ``webhook-id`` lets the receiver drop a repeat."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

import requests
import urllib3
from django import forms
from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook as Signer

from campaigns.delivery.channels import http
from campaigns.delivery.channels.endpoints import endpoint
from campaigns.delivery.channels.line import Line, MayGo, Outgoing, ProviderAway
from campaigns.delivery.channels.provider import Provider, ProviderForm
from campaigns.delivery.channels.webhook import LOCAL
from campaigns.delivery.outcome import Outcome, accepted, no_answer, refused, unsent
from retention_site.lib.clock import real_now
from retention_site.lib.security import outbound, signing


class WebhookForm(ProviderForm):
    url = forms.URLField(
        label=_("URL"),
        required=False,
        assume_scheme="https",
        help_text=_("For campaigns that name none of their own."),
    )

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"] or "")
        try:
            return outbound.check(url) if url else ""
        except outbound.ForbiddenAddress as error:
            raise forms.ValidationError(str(error)) from None


class StandardWebhooks(Provider):
    """Whoever listens at the URL. Tried again with growing pauses until it answers 2xx,
    or 4xx for good.
    """

    key = "standard"
    label = _("Standard Webhooks")
    words = _("Signed, tried again, never into our own network.")
    form = WebhookForm
    is_idempotent = True

    @property
    def name(self) -> str:
        return "webhook"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the secrets that sign, newest first: while one is replaced, both do."""
        return self.given.signing or (own_secret(),)

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        with outbound.session(answer_seconds) as session:
            yield WebhookLine(session, answer_seconds, self.secrets)


class WebhookLine(Line):
    """Each message may go to another host."""

    def __init__(
        self, session: requests.Session, answer_seconds: float, secrets: Sequence[str]
    ) -> None:
        self.session, self.answer_seconds, self.secrets = (
            session,
            answer_seconds,
            secrets,
        )

    @cached_property
    def local(self) -> tuple[str, requests.Session]:
        here = endpoint("webhook")
        return f"{here.name}{here.path}", requests.Session()

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        for outgoing in group:
            yield (
                self._one(outgoing)
                if may_go()
                else unsent("stopped before the request")
            )

    def _one(self, outgoing: Outgoing) -> Outcome:
        try:
            url, session = self._way(outgoing.address)
            body = payload(outgoing)
            answer = session.post(
                url,
                data=body.encode(),
                headers=signed(outgoing.key, body, self.secrets),
                timeout=self.answer_seconds,
                allow_redirects=False,
                stream=True,
            )
            return _read(answer)
        except ProviderAway as error:
            return unsent(str(error))
        except outbound.ForbiddenAddress as error:
            return refused("", str(error))
        except urllib3.exceptions.HTTPError as error:
            return no_answer(str(error))
        except requests.RequestException as error:
            return (
                unsent(str(error))
                if outbound.is_unsent(error)
                else no_answer(str(error))
            )

    def _way(self, address: str) -> tuple[str, requests.Session]:
        return (
            self.local if address == LOCAL else (outbound.check(address), self.session)
        )


def _read(answer: requests.Response) -> Outcome:
    said = answer.raw.read(http.LARGEST_ANSWER_BYTES, decode_content=False)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if 200 <= answer.status_code < 300:
        # Standard Webhooks asks for the status only
        return accepted(answer.status_code)
    return http.judge(
        http.Reply(answer.status_code, headers, said), lambda _answer: None
    )


def payload(outgoing: Outgoing) -> str:
    """Return the JSON that is signed and sent."""
    data = {"subject": outgoing.subject, "text": outgoing.text, **outgoing.data}
    return json.dumps(
        {"type": "message", "timestamp": real_now().isoformat(), "data": data},
        ensure_ascii=False,
    )


def signed(key: str, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """Return the headers of Standard Webhooks; the timestamp is real time."""
    moment = real_now()
    return {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{key}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(
            Signer(secret).sign(f"msg_{key}", moment, body) for secret in secrets
        ),
    }


def own_secret() -> str:
    """Return the secret that signs until a person makes one, in the form of Standard
    Webhooks.
    """
    return (
        "whsec_"
        + base64.b64encode(
            bytes.fromhex(signing.digest("outgoing webhooks", "secret"))
        ).decode()
    )
