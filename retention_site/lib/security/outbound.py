"""HTTP to addresses that a person typed: never into our own network, never along a
redirect.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

import requests
from requests_hardened import Config, HTTPSession, Manager, ip_filter
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address

# public by number, private by use
CLOUD_CONTROL = ipaddress.ip_network("168.63.129.16/32")
V4_COMPATIBLE = ipaddress.ip_network("::/96")  # [::127.0.0.1] and the like
# The library asks its list at each connection, after the name was looked up: a name
# that moves is refused there too.
ip_filter.EXTRA_BLOCKED_NET_RANGES = (
    *ip_filter.EXTRA_BLOCKED_NET_RANGES,
    CLOUD_CONTROL,
    V4_COMPATIBLE,
)
USER_AGENT = "Rapport"


class ForbiddenAddress(ValueError):
    """This URL leads where a person's URL must not lead."""


def session(seconds: float) -> HTTPSession:
    """Return a session that refuses private addresses at connection time and follows no
    redirect.
    """
    return Manager(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(min(seconds, 10.0), seconds),
            user_agent_override=USER_AGENT,
        )
    ).get_session()


def check(url: str) -> str:
    """Return the URL when it is HTTP to a public address; raise `ForbiddenAddress`."""
    parts = _parts(url)
    try:
        address, _ = get_ip_address(parts[0], parts[1], allow_loopback=False)
    except (InvalidIPAddress, socket.gaierror, UnicodeError, AssertionError):
        raise ForbiddenAddress("the URL leads to no public address") from None
    if not address.is_global:
        raise ForbiddenAddress("the URL leads to no public address")
    return url


def _parts(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = (
            parts.hostname,
            parts.port or (443 if parts.scheme == "https" else 80),
        )
    except ValueError:
        raise ForbiddenAddress("not a URL") from None
    if (
        parts.scheme not in ("http", "https")
        or not host
        or parts.username
        or parts.password
    ):
        raise ForbiddenAddress(
            "the URL must start with http:// or https:// and hold no password"
        )
    return host, port


def is_unsent(error: requests.RequestException) -> bool:
    """Say whether a request provably never left."""
    if isinstance(
        error,
        requests.ConnectTimeout | InvalidIPAddress | requests.exceptions.InvalidURL,
    ):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return type(reason).__name__ in (
        "NewConnectionError",
        "ConnectTimeoutError",
        "NameResolutionError",
    )
