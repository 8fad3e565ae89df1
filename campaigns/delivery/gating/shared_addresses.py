"""Who is the first of the customers that share an address: what is counted for it is
counted there.
"""

from collections.abc import Iterable

from campaigns.delivery import sql
from campaigns.delivery.gating.address_mates import AT_ADDRESS

SHARED = f"""
    SELECT asked.person, asked.channel, min(other.head)
    FROM unnest(%(persons)s::bigint[], %(channels)s::text[]) AS asked (person, channel)
    CROSS JOIN LATERAL ({AT_ADDRESS.format(person="asked.person", channel="asked.channel")}) AS other
    GROUP BY asked.person, asked.channel HAVING count(DISTINCT other.head) > 1
"""  # noqa: S608  the parts are constants


def firsts(asked: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return, for persons whose address on a channel others have too, the first of them
    all. One query for any number.

    Whoever asks, it is the same one: what is counted for an address is counted there.
    """
    wanted = sorted(set(asked))
    if not wanted:
        return {}
    persons, channels = sql.columns(wanted, 2)
    found = sql.rows(SHARED, {"persons": persons, "channels": channels})
    return {(person, channel): first for person, channel, first in found}
