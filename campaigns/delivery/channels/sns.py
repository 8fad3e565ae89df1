"""Messages of Amazon's notification service (SNS): signed by a certificate of Amazon's
own host, from a topic that the shop named.

The signature alone proves that Amazon sent it, for whichever of its customers; the
topic proves for whom.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from campaigns.delivery.channels.line import ProviderAway
from campaigns.delivery.channels.provider import NotTheirs
from retention_site.lib.clock import real_now
from retention_site.lib.security import ssrf_guard

NOTIFICATION, SUBSCRIPTION = "Notification", "SubscriptionConfirmation"
TOPIC = re.compile(r"arn:aws(?:-cn|-us-gov)?:sns:[a-z0-9-]{1,40}:\d{12}:[\w.-]{1,256}")
HOST = r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?"
CERTIFICATE = re.compile(HOST + r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem")
CONFIRMATION = re.compile(
    HOST + r"/\?(?=[^\s#]{0,4000}\Z)[^\s#]*Action=ConfirmSubscription"
)
SECONDS = 10.0
# What is signed, in this order; what a message doesn't have is left out (AWS, "Verifying
# the signatures of Amazon SNS messages").
SIGNED = {
    NOTIFICATION: (
        "Message",
        "MessageId",
        "Subject",
        "Timestamp",
        "TopicArn",
        "Type",
    ),
    SUBSCRIPTION: (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED[SUBSCRIPTION]
DIGESTS = {"1": SHA1, "2": SHA256}


def check(message: Mapping[str, Any], topics: Collection[str]) -> None:
    """Raise `NotTheirs` unless Amazon signed this message for one of our topics,
    `ProviderAway` when its certificate can't be fetched now.
    """
    if message.get("TopicArn") not in topics:
        raise NotTheirs("The message is of no topic that is set here.")
    names = SIGNED.get(str(message.get("Type")))
    digest = DIGESTS.get(str(message.get("SignatureVersion")))
    url = str(message.get("SigningCertURL"))
    if names is None or digest is None or not CERTIFICATE.fullmatch(url):
        raise NotTheirs("The message is not signed as Amazon signs.")
    said = "".join(
        f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None
    )
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        _key(url).verify(signature, said.encode(), padding.PKCS1v15(), digest())
    except (InvalidSignature, ValueError):
        raise NotTheirs("The signature is not valid.") from None


def confirm(message: Mapping[str, Any]) -> None:
    """Tell Amazon that its subscription is wanted; raise `ProviderAway` to be asked
    again.
    """
    url = str(message.get("SubscribeURL"))
    if not CONFIRMATION.match(url):
        raise NotTheirs("The address to confirm at is not Amazon's.")
    _fetch(url)


def _key(url: str) -> rsa.RSAPublicKey:
    """Return the public key of a certificate that is valid now."""
    certificate = _certificate(url)
    if not (
        certificate.not_valid_before_utc
        <= real_now()
        <= certificate.not_valid_after_utc
    ):
        raise NotTheirs("The certificate is not valid now.")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise NotTheirs("The certificate holds no RSA key.")
    return key


@lru_cache(maxsize=8)
def _certificate(url: str) -> Certificate:
    try:
        return load_pem_x509_certificate(_fetch(url))
    except ValueError:
        raise ProviderAway("Amazon's certificate can't be read.") from None


def _fetch(url: str) -> bytes:
    try:
        answer = ssrf_guard.session(SECONDS).get(url)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise ProviderAway(f"Amazon could not be asked: {error}") from None
    return answer.content
