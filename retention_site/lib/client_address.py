"""Whose request it is: the address of the client, behind proxies that are trusted and
no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
)
Networks = tuple[IPv4Network | IPv6Network, ...]


def client_address(peer: str, forwarded_for: str, trusted: Iterable[str]) -> str:
    """Return the address nearest to us that is no trusted proxy.

    Each proxy adds at the right whom it heard, so the list is read from the right; what
    a stranger wrote further left is never reached. What is no address ends the reading:
    then the last proxy that was trusted is the answer.
    """
    networks = _networks(tuple(trusted))
    address = _plain(peer)
    for word in reversed(forwarded_for.split(",")):
        if not _is_in(address, networks):
            return address
        before = _plain(word)
        if not before:
            return address
        address = before
    return address


def is_trusted(peer: str) -> bool:
    """Say whether a proxy of ours speaks."""
    return _is_in(_plain(peer), _networks(tuple(settings.TRUSTED_PROXIES)))


def is_this_machine(request: HttpRequest) -> bool:
    """Say whether this machine asks, by loopback or its own address, and no proxy for
    somebody else.
    """
    if any(name in request.META for name in FORWARDED):
        return False
    address = _plain(request.META.get("REMOTE_ADDR", ""))
    return bool(address) and (
        ip_address(address).is_loopback
        or address == _plain(request.META.get("SERVER_NAME", ""))
    )


class ClientAddressMiddleware:
    """Put the client's address where all of Django looks for it; drop what untrusted
    senders say of themselves.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta, peer = request.META, request.META.get("REMOTE_ADDR", "")
        if is_trusted(peer):
            meta["REMOTE_ADDR"] = client_address(
                peer, meta.pop("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES
            )
        elif settings.TRUSTED_PROXIES:
            meta.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)


@lru_cache(maxsize=8)
def _networks(words: tuple[str, ...]) -> Networks:
    return tuple(ip_network(word.strip()) for word in words)


def _is_in(address: str, networks: Networks) -> bool:
    return bool(address) and any(ip_address(address) in network for network in networks)


def _plain(word: str) -> str:
    """Return an address without brackets, port and IPv4's dress in IPv6, or nothing."""
    word = word.strip().strip('"')
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        address = ip_address(word.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
