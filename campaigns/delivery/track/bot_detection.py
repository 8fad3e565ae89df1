"""Human or machine? The evidence is kept with every open and click, so that it can be
judged anew. Pure.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AHEAD = "fetched ahead"
SWEPT = "followed many links in a moment"  # seen only in hindsight
SOON_SECONDS = 2.0  # nobody reads a message and clicks this fast; scanners do
MACHINES = re.compile(
    r"bot\b|crawler|spider|scanner|preview|proofpoint|mimecast|barracuda|symantec|messagelabs|safelinks|"
    r"googleimageproxy|yahoomailproxy|python-requests|python-urllib|curl/|wget/|go-http-client|headlesschrome",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """What was seen, and what speaks for a machine."""

    user_agent: str
    network: str
    method: str
    seconds_since_sent: float | None
    signs: tuple[str, ...]

    @property
    def is_machine(self) -> bool:
        return bool(self.signs)

    def stored(self) -> dict[str, object]:
        """Return the evidence as it is kept with the touchpoint."""
        return {
            "user_agent": self.user_agent,
            "network": self.network,
            "method": self.method,
            "seconds_since_sent": self.seconds_since_sent,
            "signs": list(self.signs),
        }


def weigh(
    *,
    method: str,
    headers: Mapping[str, str],
    address: str,
    seconds_since_sent: float | None,
) -> Evidence:
    """Return the evidence of one request; header names in lower case."""
    agent = headers.get("user-agent", "")[:300]
    is_ahead = any(
        "prefetch" in headers.get(name, "").lower()
        for name in ("purpose", "sec-purpose")
    )
    signs = _signs(method, agent, seconds_since_sent, is_ahead=is_ahead)
    return Evidence(agent, network_of(address), method, seconds_since_sent, signs)


def signs_again(stored: Mapping[str, Any]) -> tuple[str, ...]:
    """Weigh kept evidence by the signs of today."""
    seconds = stored.get("seconds_since_sent")
    return _signs(
        str(stored.get("method") or ""),
        str(stored.get("user_agent") or ""),
        seconds if isinstance(seconds, int | float) else None,
        is_ahead=AHEAD in (stored.get("signs") or ()),
    )


def _signs(
    method: str, agent: str, seconds_since_sent: float | None, *, is_ahead: bool
) -> tuple[str, ...]:
    signs = []
    if method == "HEAD":
        signs.append("asked for the head only")
    if not agent:
        signs.append("names no program")
    elif MACHINES.search(agent):
        signs.append("names itself a machine")
    if is_ahead:
        signs.append(AHEAD)
    if seconds_since_sent is not None and seconds_since_sent < SOON_SECONDS:
        signs.append("came at once")
    return tuple(signs)


def network_of(address: str) -> str:
    """Return the network of an address, never the address itself: /24 of IPv4, /48 of
    IPv6.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False).network_address)
