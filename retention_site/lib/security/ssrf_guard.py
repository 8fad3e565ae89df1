"""Connections to hosts that a person typed in the admin: never into our own network.

`outbound` guards whole URLs of webhooks. This guards one connection, whatever speaks
over it: the name is looked up once, the address is judged, and that very address is
connected to, so a name that moves meanwhile leads nowhere else. An operator may name
hosts of the own network that forms may lead to (INSIDE_HOSTS).
"""

import ipaddress
import smtplib
import socket
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from retention_site.lib.security.outbound import (
    CLOUD_CONTROL,
    USER_AGENT,
    V4_COMPATIBLE,
    ForbiddenAddress,
)

INSIDE = "leads into our own network; an operator may allow a host by INSIDE_HOSTS"
# Global by their registry, yet they carry an IPv4 address that may be anybody's
CARRIERS = tuple(
    map(
        ipaddress.ip_network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"),
    )
)


def create_connection(
    address: tuple[str, int], timeout: Any = 10.0, _source: Any = None, **_options: Any
) -> socket.socket:
    """Connect like `socket.create_connection`; raise `ForbiddenAddress` for what lies
    inside.
    """
    host, port = address
    last: OSError | None = None
    for family, kind, protocol, _name, where in _allowed(host, port):
        found = socket.socket(family, kind, protocol)
        try:
            found.settimeout(timeout if isinstance(timeout, int | float) else 10.0)
            found.connect(where)
            return found
        except OSError as error:
            found.close()
            last = error
    raise last or OSError(f"{host} has no address")


def check_host(host: str, port: int = 0) -> None:
    """Raise `ForbiddenAddress` when a host leads inside; one that can't be found yet
    may pass.
    """
    try:
        _allowed(host, port)
    except OSError:
        return


def check_url(url: str) -> None:
    """Raise `ForbiddenAddress` when an address, or the `lookup` inside it, leads
    inside.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 0
    except ValueError:
        raise ForbiddenAddress("not a URL") from None
    if host:
        check_host(host, port)
    for name, value in parse_qsl(parts.query):
        if name == "lookup":
            check_url(value)


def session(seconds: float) -> requests.Session:
    """Return a session whose every connection is guarded; it follows no redirect and no
    proxy.
    """
    made = guard(requests.Session())
    made.trust_env = False
    made.max_redirects = 0
    made.headers["User-Agent"] = USER_AGENT
    made.request = _in_time(made.request, seconds)  # type: ignore[method-assign]
    return made


def guard(made: requests.Session) -> requests.Session:
    """Let a session's connections be guarded."""
    for prefix in ("http://", "https://"):
        made.mount(prefix, GuardedAdapter())
    return made


def _in_time(request: Any, seconds: float) -> Any:
    def in_time(*args: Any, **options: Any) -> Any:
        return request(
            *args, **{"timeout": seconds, "allow_redirects": False, **options}
        )

    return in_time


def _allowed(host: str, port: int) -> list[Any]:
    """Look a name up and return its addresses; none of them may lie inside."""
    found = socket.getaddrinfo(host, port or None, type=socket.SOCK_STREAM)
    if host in settings.INSIDE_HOSTS or f"{host}:{port}" in settings.INSIDE_HOSTS:
        return found
    if any(not is_public(str(where[0])) for *_rest, where in found):
        raise ForbiddenAddress(f"{host} {INSIDE}")
    return found


def is_public(address: str) -> bool:
    """Say whether an IP address is one that everybody may reach, in whatever form it is
    written.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    blocked = (CLOUD_CONTROL, V4_COMPATIBLE, *CARRIERS)
    return (
        found.is_global
        and not found.is_multicast
        and not any(found in one for one in blocked if one.version == found.version)
    )


class _Guarded:
    """How urllib3 opens a socket."""

    def _new_conn(self) -> socket.socket:
        there: Any = self
        try:
            return create_connection((there._dns_host, there.port), there.timeout)
        except (ForbiddenAddress, OSError) as error:
            raise NewConnectionError(there, str(error)) from error


class _Plain(_Guarded, HTTPConnection):
    pass


class _Tls(_Guarded, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _Tls


class GuardedAdapter(HTTPAdapter):
    """An adapter of requests whose connections are guarded."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _PlainPool,
            "https": _TlsPool,
        }


class GuardedSmtp(smtplib.SMTP):
    """A mail server that a person typed."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return create_connection((host, port), timeout)


class GuardedSmtpSsl(smtplib.SMTP_SSL, GuardedSmtp):
    """The same with TLS from the start: the socket below it comes from `GuardedSmtp`."""
