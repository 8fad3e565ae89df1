"""Addresses that must not be written to, kept as keyed hashes so that they outlive
erasure.
"""

from collections.abc import Iterable

from campaigns.delivery import sql
from campaigns.delivery.channels.contract import Channel
from campaigns.models import Suppression
from retention_site.lib.security import signing

ANSWERED_STOP = "answered STOP"
SUPPRESSED = (
    "SELECT channel, address_hash, reason FROM campaigns_suppression WHERE address_hash"
    " = ANY(%s)"
)


def address_hash(channel: Channel, address: str) -> str:
    """Return the hash by which an address is suppressed on a channel."""
    return signing.digest(f"address for {channel.key}", channel.normal(address))


def suppress(channel: Channel, address: str, reason: str) -> None:
    """Never write to this address again; once is enough."""
    Suppression.objects.bulk_create(
        [
            Suppression(
                channel=channel.key,
                address_hash=address_hash(channel, address),
                reason=reason,
            )
        ],
        ignore_conflicts=True,
    )


def lift(channel: Channel, address: str, reason: str) -> None:
    """Write to this address again, if just this reason stood against it."""
    hashed = address_hash(channel, address)
    Suppression.objects.filter(
        channel=channel.key, address_hash=hashed, reason=reason
    ).delete()


def suppressed(hashes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the reason for each suppressed pair of channel and hash."""
    wanted = set(hashes)
    found = sql.rows(SUPPRESSED, [[of for _, of in wanted]]) if wanted else []
    return {
        (channel, of): reason
        for channel, of, reason in found
        if (channel, of) in wanted
    }
