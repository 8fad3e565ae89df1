"""What campaigns keeps for a time. Rows stay: who was held or sent to must still add
up.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.delivery.sinks import ports
from campaigns.delivery.sinks.log import channels
from campaigns.models import Message
from campaigns.privacy import sinks
from profiles.privacy import expiry, files
from profiles.privacy.retention import Kept

LIVE = ", ".join(f"'{state.value}'" for state in Message.LIVE)


class Words(Kept):
    label = _("Words of messages")
    fate = _(
        "Subject, text and what they were made from are deleted; that it was sent, to"
        " whom and why stays."
    )
    days = 730
    by_shop_clock = True

    def drop(self, before: datetime) -> Iterator[int]:
        old = (
            f"coalesce(finished_at, planned_at) < %(before)s AND state NOT IN ({LIVE})"
        )
        return expiry.empty(
            "campaigns_message",
            old,
            before,
            {"context": "'{}'::jsonb", "subject": "''", "body": "''"},
        )


class Answers(Kept):
    label = _("Answers of providers")
    fate = _("What a provider said in words is deleted, its code stays.")
    days = 180

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.empty(
            "campaigns_attempt", "started_at < %(before)s", before, {"detail": "''"}
        )


class Attempts(Kept):
    label = _("Attempts to send")
    fate = _(
        "Each try of a finished message is deleted; that it was sent, and when, stays."
    )
    days = 1095

    def drop(self, before: datetime) -> Iterator[int]:
        of_it = "message.id = campaigns_attempt.message_id"
        found = f"SELECT 1 FROM campaigns_message message WHERE {of_it} AND message.state IN ({LIVE})"  # noqa: S608
        return expiry.delete(
            "campaigns_attempt",
            f"started_at < %(before)s AND NOT EXISTS ({found})",
            before,
        )


class Evidence(Kept):
    label = _("Evidence of opens and clicks")
    fate = _(
        "Program and network are deleted; whether it was a person or a machine can't be"
        " judged anew then."
    )
    days = 400
    by_shop_clock = True

    def drop(self, before: datetime) -> Iterator[int]:
        return expiry.empty(
            "campaigns_touchpoint",
            "at < %(before)s",
            before,
            {"evidence": "'{}'::jsonb"},
        )


class Webhooks(Kept):
    label = _("Webhook calls")
    fate = _("What a call said is deleted; its id stays, so that a repeat is known.")
    days = 30

    def drop(self, before: datetime) -> Iterator[int]:
        old = "received_at < %(before)s AND state <> 'received'"
        return expiry.empty(
            "campaigns_inboundwebhook", old, before, {"payload": "'{}'::jsonb"}
        )


class Inbox(Kept):
    label = _("Inbox")
    fate = _("What the local sinks took is emptied; time and key stay.")
    days = 180

    def drop(self, before: datetime) -> Iterator[int]:
        moment = before.isoformat()
        for channel in channels():
            path = ports.folder() / f"{channel}.jsonl"
            yield files.rewrite_lines(
                path, lambda raw: sinks.emptied_before(raw, moment)
            )
