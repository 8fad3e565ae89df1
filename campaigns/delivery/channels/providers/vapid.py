"""Push to browsers: encrypted by RFC 8291, signed by RFC 8292, handed to the push
service of each browser.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from urllib.parse import urlsplit

import requests
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from py_vapid import Vapid, VapidException
from pywebpush import WebPusher, WebPushException

from campaigns.delivery.channels import http
from campaigns.delivery.channels.line import Line, MayGo, Outgoing
from campaigns.delivery.channels.mail import mime
from campaigns.delivery.channels.provider import Provider, ProviderForm, SecretField
from campaigns.delivery.outcome import Outcome, accepted, no_answer, refused, unsent
from campaigns.delivery.sinks import ports
from profiles.models import Device
from retention_site.lib.clock import real_now
from retention_site.lib.security import outbound, signing

TOKEN_SECONDS = 12 * 3600  # RFC 8292: at most a day
KEPT_SECONDS = 3 * 24 * 3600
MOST_BYTES = 3_900  # RFC 8030: 4096 with the encryption around it
GONE = {404, 410}
TOPIC_BYTES = 24  # 32 letters of base64url (RFC 8030, 5.4)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


class VapidForm(ProviderForm):
    contact = forms.EmailField(
        label=_("Contact"),
        required=False,
        help_text=_("Whom a push service may write to. Empty: the sender's address."),
    )
    seconds = forms.IntegerField(
        label=_("Kept for, seconds"),
        min_value=0,
        max_value=2_419_200,
        required=False,
        help_text=_(
            "How long a browser that is closed may take to get it. Empty: three days."
        ),
    )
    key = SecretField(
        label=_("VAPID private key"),
        is_long=True,
        help_text=_(
            "Only to go on with subscriptions made elsewhere; empty: drawn from"
            " SECRET_KEY."
        ),
    )

    def clean_key(self) -> str:
        told = str(self.cleaned_data["key"] or "").strip()
        if told:
            try:
                _vapid(told)
            except (VapidException, ValueError, TypeError) as error:
                raise forms.ValidationError(
                    _("This is no P-256 private key: %s") % error
                ) from None
        return told


class WebPushService(Provider):
    """The push services of the browsers themselves; each subscription names its own."""

    key = "vapid"
    label = _("Web push")
    words = _(
        "Straight to the browsers: Chrome, Edge, Firefox, Safari. No account is needed."
    )
    form = VapidForm

    @property
    def name(self) -> str:
        return "web push"

    @cached_property
    def vapid(self) -> Vapid:
        return _vapid(
            self.given.secrets.get("key", "") or _own_key(settings.SECRET_KEY)
        )

    @property
    def public_key(self) -> str:
        """Return what a browser subscribes with."""
        raw = self.vapid.public_key.public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @contextmanager
    def open(self, answer_seconds: float) -> Iterator[Line]:
        with outbound.session(answer_seconds) as session:
            yield BrowserLine(self, session, answer_seconds)

    def headers(self, outgoing: Outgoing) -> dict[str, str]:
        """Return what a push service is told beside the encrypted text."""
        where = urlsplit(outgoing.address)
        contact = (
            self.given.text("contact") or mime.split_sender(settings.FROM_EMAIL)[1]
        )
        claims = {
            "sub": f"mailto:{contact}",
            "aud": f"{where.scheme}://{where.netloc}",
            "exp": int(real_now().timestamp()) + TOKEN_SECONDS,
        }
        seconds = self.given.values.get("seconds")
        said = {
            "TTL": str(seconds if isinstance(seconds, int) else KEPT_SECONDS),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            **self.vapid.sign(claims),
        }
        return {**said, "Topic": topic} if (topic := _topic(outgoing)) else said


class BrowserLine(Line):
    """Each message may go to another push service."""

    def __init__(
        self, service: WebPushService, session: requests.Session, answer_seconds: float
    ) -> None:
        self.service, self.session, self.answer_seconds = (
            service,
            session,
            answer_seconds,
        )

    def send(self, group: Sequence[Outgoing], may_go: MayGo) -> Iterator[Outcome]:
        tokens = [one.address for one in group]
        found = Device.objects.filter(
            kind=Device.Kind.WEB_PUSH, token__in=tokens
        ).values_list("token", "keys")
        keys = dict(found)
        for outgoing in group:
            yield (
                self._one(outgoing, keys.get(outgoing.address) or {})
                if may_go()
                else unsent("stopped before it left")
            )

    def _one(self, outgoing: Outgoing, keys: dict[str, str]) -> Outcome:
        try:
            body = encrypted(outgoing, keys)
            session, extra = self._way(outgoing)
            answer = session.post(
                outgoing.address,
                data=body,
                headers={**self.service.headers(outgoing), **extra},
                timeout=self.answer_seconds,
                allow_redirects=False,
                stream=True,
            )
            return _read(answer)
        except (
            WebPushException,
            VapidException,
            ValueError,
            TypeError,
            LookupError,
        ) as error:
            return refused("", f"this subscription can't be used: {error}"[:300])
        except urllib3.exceptions.HTTPError as error:
            return no_answer(str(error))
        except requests.RequestException as error:
            return (
                unsent(str(error))
                if outbound.is_unsent(error)
                else no_answer(str(error))
            )

    def _way(self, outgoing: Outgoing) -> tuple[requests.Session, dict[str, str]]:
        """Return a session: never into our own network but to the local sink, which is
        told the key besides.
        """
        if outgoing.address.startswith(local_service()):
            return requests.Session(), {"X-Message": outgoing.key}
        outbound.check(outgoing.address)
        return self.session, {}


def local_service() -> str:
    """Return where the local sink takes web push; where none ever ran, something that
    no address starts with.
    """
    try:
        return f"http://{ports.HOST}:{ports.read().http}/web_push/"
    except LookupError:
        return "\0"


def encrypted(outgoing: Outgoing, keys: dict[str, str]) -> bytes:
    """Return the message as only the browser can read it; raise `ValueError` when it is
    too long for a push service.
    """
    said = {
        "title": outgoing.subject,
        "body": outgoing.text,
        "url": str(outgoing.data.get("url") or ""),
        "tag": _topic(outgoing) or outgoing.key,
    }
    raw = json.dumps(said, ensure_ascii=False).encode()
    if len(raw) > MOST_BYTES:
        raise ValueError(
            f"the text has {len(raw)} bytes, a push service takes {MOST_BYTES}"
        )
    pusher = WebPusher({"endpoint": outgoing.address, "keys": keys})
    return bytes(pusher.encode(raw, content_encoding="aes128gcm")["body"])


def _read(answer: requests.Response) -> Outcome:
    said = answer.raw.read(http.LARGEST_ANSWER_BYTES, decode_content=False)
    if answer.status_code in GONE:
        return refused(
            answer.status_code, "the browser has unsubscribed", forgets_address=True
        )
    if 200 <= answer.status_code < 300:
        return accepted(answer.status_code, ref=answer.headers.get("Location"))
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return http.judge(
        http.Reply(answer.status_code, headers, said), lambda _answer: None
    )


def _topic(outgoing: Outgoing) -> str:
    """Return the name under which a newer message takes the place of an older one not
    yet shown.
    """
    key = str(outgoing.data.get("collapse_key") or "")
    return (
        base64.urlsafe_b64encode(
            bytes.fromhex(signing.digest("topic", key))[:TOPIC_BYTES]
        ).decode()
        if key
        else ""
    )


@lru_cache(maxsize=8)
def _vapid(key: str) -> Vapid:
    return (
        Vapid.from_pem(key.encode())
        if key.startswith("-----")
        else Vapid.from_string(key)
    )


@lru_cache(maxsize=4)
def _own_key(_secret_key: str) -> str:
    """Draw the shop's own key from SECRET_KEY: subscriptions live as long as it does."""
    number = int(signing.digest("web push", "vapid"), 16) % (ORDER - 1) + 1
    raw = (
        ec.derive_private_key(number, ec.SECP256R1())
        .private_numbers()
        .private_value.to_bytes(32, "big")
    )
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
