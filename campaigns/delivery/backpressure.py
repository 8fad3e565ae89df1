"""A campaign to many gives way to who waits for a message of their own: it stands still
between two groups.
"""

from __future__ import annotations

import time

from campaigns.delivery import sql
from retention_site.lib.clock import now

# before one group: the campaign slows down beside a steady stream, it does not stop
LONGEST_SECONDS = 0.05
LOOK_EVERY_SECONDS = 0.01
WAITS = """
    SELECT NOT EXISTS (SELECT FROM campaigns_sendingpause) AND (
        EXISTS (
            SELECT FROM campaigns_inboundwebhook webhook LEFT JOIN campaigns_hook hook ON hook.id = webhook.hook_id
            LEFT JOIN campaigns_campaign campaign ON campaign.id = hook.campaign_id
            WHERE webhook.state = 'received' AND campaign.state IS DISTINCT FROM 'paused'
        ) OR EXISTS (
            SELECT FROM campaigns_message message JOIN campaigns_campaign campaign
                ON campaign.id = message.campaign_id AND campaign.state <> 'paused'
            WHERE message.state = 'queued' AND message.lane = 'triggered' AND message.not_before <= %(now)s
        )
    )
"""


def give_way() -> None:
    """Wait while a webhook or a triggered message waits to be taken up, but never for
    long.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline and sql.rows(WAITS, {"now": now()})[0][0]:
        time.sleep(LOOK_EVERY_SECONDS)
