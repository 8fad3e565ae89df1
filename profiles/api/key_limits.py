"""How many wrong API keys an address may try: guessing is slow, and a broken client
doesn't keep the database busy.

Counted in each web process, in memory: a call with a right key costs nothing more.
Keys that this process knows go on opening, whoever else sits behind their address.
"""

from __future__ import annotations

import ipaddress
from threading import Lock
from time import monotonic

import structlog

log = structlog.get_logger(__name__)
MOST_WRONG = 20
WINDOW_SECONDS = 60.0
MOST_ADDRESSES = 10_000
V6_PREFIX = 64  # one customer of a network has so many addresses

_wrong: dict[str, tuple[float, int]] = {}  # address: since when, how many
_lock = Lock()


def seconds_to_wait(address: str) -> int:
    """Return how long no new key is tried for this address; 0 where it may."""
    since, n = _wrong.get(_network(address), (0.0, 0)) if _wrong else (0.0, 0)
    left = since + WINDOW_SECONDS - monotonic()
    return int(left) + 1 if n >= MOST_WRONG and left > 0 else 0


def note(address: str) -> None:
    """Count one wrong key."""
    name, moment = _network(address), monotonic()
    with _lock:
        since, n = _wrong.pop(name, (moment, 0))
        if moment - since >= WINDOW_SECONDS:
            since, n = moment, 0
        if len(_wrong) >= MOST_ADDRESSES:  # the one that was quiet for longest
            _wrong.pop(next(iter(_wrong)))
        _wrong[name] = since, n + 1
    if n + 1 == MOST_WRONG:
        log.warning("wrong API keys", address=name, n=MOST_WRONG)


def forget() -> None:
    """Forget all that was counted."""
    _wrong.clear()


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network(f"{found}/{V6_PREFIX}", strict=False))
