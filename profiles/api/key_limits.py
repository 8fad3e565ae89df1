"""How many wrong API keys an address may try: guessing is slow, and a broken client
doesn't keep the database busy.

Counted in each web process, in memory: a call with a right key costs nothing more.
Keys that this process knows go on opening, whoever else sits behind their address.
"""

from __future__ import annotations

import ipaddress

from retention_site.lib.wrong_tries import WrongTries

MOST_WRONG = 20
V6_PREFIX = 64  # one customer of a network has so many addresses
tries = WrongTries("API keys", MOST_WRONG)


def seconds_to_wait(address: str) -> int:
    """Return how long no new key is tried for this address; 0 where it may."""
    return tries.seconds_to_wait(_network(address))


def note(address: str) -> None:
    """Count one wrong key."""
    tries.note(_network(address))


def forget() -> None:
    """Forget all that was counted."""
    tries.forget()


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
