"""Webhooks to any URL, signed by Standard Webhooks; ``webhook-id`` lets the receiver drop a repeat."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import requests
import urllib3
from django.utils.translation import gettext_lazy as _
from standardwebhooks import Webhook as Signer

from campaigns.delivery.channels import http
from campaigns.delivery.channels.contract import Channel, Line, MayGo, NoAddress, Outgoing, ProviderAway
from campaigns.delivery.channels.endpoints import endpoint
from campaigns.delivery.outcome import Outcome, accepted, no_answer, refused, unsent
from profiles.models import Customer
from retention_site.lib import outbound, signing
from retention_site.lib.clock import real_now

LOCAL = "sink"  # no URL was typed: the local sink takes it


class Webhook(Channel):
    """Tell another system what would be said to this customer; the URL stands in the campaign's content."""

    key = "webhook"
    label = _("Webhook")
    asks_consent = False
    is_idempotent = True

    @property
    def provider(self) -> str:
        return "webhook"

    def address(self, customer: Customer, content: Mapping[str, object]) -> str:
        words = content.get("messages") or {}
        url = (words.get("webhook") or {}).get("url") if isinstance(words, Mapping) else None
        if not url:
            return LOCAL
        if not str(url).startswith(("https://", "http://")):
            raise NoAddress("the webhook's URL does not start with https://")
        return str(url)

    def normal(self, address: str) -> str:
        return address

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        with outbound.session(answer_seconds) as session:
            yield WebhookLine(session, answer_seconds)


class WebhookLine(Line):
    """Each message may go to another host."""

    def __init__(self, session: requests.Session, answer_seconds: float) -> None:
        self.session, self.answer_seconds = session, answer_seconds

    @cached_property
    def local(self) -> tuple[str, requests.Session]:
        here = endpoint("webhook")
        return f"{here.name}{here.path}", requests.Session()

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        for outgoing in group:
            yield self._one(outgoing) if may_go() else unsent("stopped before the request")

    def _one(self, outgoing: Outgoing) -> Outcome:
        try:
            url, session = self._way(outgoing.address)
            body = payload(outgoing)
            answer = session.post(
                url, data=body.encode(), headers=signed(outgoing.key, body), timeout=self.answer_seconds,
                allow_redirects=False, stream=True,
            )  # fmt: skip
            return self._read(answer)
        except ProviderAway as error:
            return unsent(str(error))
        except outbound.ForbiddenAddress as error:
            return refused("", str(error))
        except urllib3.exceptions.HTTPError as error:
            return no_answer(str(error))
        except requests.RequestException as error:
            return unsent(str(error)) if outbound.is_unsent(error) else no_answer(str(error))

    def _way(self, address: str) -> tuple[str, requests.Session]:
        return self.local if address == LOCAL else (outbound.check(address), self.session)

    def _read(self, answer: requests.Response) -> Outcome:
        said = answer.raw.read(http.LARGEST_ANSWER_BYTES, decode_content=False)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        if 200 <= answer.status_code < 300:
            return accepted(answer.status_code)  # Standard Webhooks asks for the status only
        return http.judge(http.Reply(answer.status_code, headers, said), lambda _answer: None)


def payload(outgoing: Outgoing) -> str:
    """Return the JSON that is signed and sent."""
    data = {"subject": outgoing.subject, "text": outgoing.text, **outgoing.data}
    return json.dumps({"type": "message", "timestamp": real_now().isoformat(), "data": data}, ensure_ascii=False)


def signed(key: str, body: str) -> dict[str, str]:
    """Return the headers of Standard Webhooks; the timestamp is real time."""
    moment = real_now()
    return {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{key}",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Signer(secret()).sign(f"msg_{key}", moment, body),
    }


def secret() -> str:
    """Return the secret by which receivers check our webhooks, in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(bytes.fromhex(signing.digest("outgoing webhooks", "secret"))).decode()
