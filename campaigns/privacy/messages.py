"""What was said to a person and came back. The rows stay, emptied: who was held or sent
to must still add up.
"""

from typing import ClassVar

from django.db import connection
from django.utils.translation import gettext_lazy as _

from campaigns.models import (
    Attempt,
    CapSlot,
    Coupon,
    Message,
    Recipient,
    Touchpoint,
    TrackedLink,
)
from campaigns.privacy import closing
from profiles.privacy import tables
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought
from retention_site.lib.security import signing

EMPTY = {
    # what a provider answered stands behind the colon of a reason, and may name the
    # address
    "message": """
        UPDATE campaigns_message SET context = '{}', subject = '', body = '', why = '', offer = offer - 'code',
            reason = split_part(reason, ':', 1), is_told = true
        WHERE customer_id = ANY(%(customers)s)
            AND (context <> '{}' OR subject <> '' OR body <> '' OR why <> '' OR offer ? 'code' OR reason LIKE '%%:%%')
    """,
    "attempt": """
        UPDATE campaigns_attempt SET detail = '', provider_ref = NULL
        WHERE message_id IN (SELECT id FROM campaigns_message WHERE customer_id = ANY(%(customers)s))
            AND (detail <> '' OR provider_ref IS NOT NULL)
    """,
    "touchpoint": """
        UPDATE campaigns_touchpoint SET evidence = '{}', url = ''
        WHERE message_id IN (SELECT id FROM campaigns_message WHERE customer_id = ANY(%(customers)s))
            AND (evidence <> '{}' OR url <> '')
    """,
    "recipient": """
        UPDATE campaigns_recipient SET coupon_code = ''
        WHERE customer_id = ANY(%(customers)s) AND coupon_code <> ''
    """,
}
ENDED = tuple(set(Message.State) - set(Message.LIVE))


class Messages(Store):
    label = _("Messages")
    fate = _(
        "Words, context, subject, coupon code, the provider's answers and the evidence"
        " of opens and clicks go."
    )
    stays = _(
        "The bare rows, arm and state included: an experiment that forgot its people"
        " would measure something else. Addresses stay suppressed as keyed hashes."
    )
    tables: ClassVar = (Message, Recipient, CapSlot)

    def close(self, person: Person) -> None:
        closing.suppress(person)
        closing.cancel(person)

    def erase(self, person: Person) -> Counts:
        counts = {what: _run(statement, person) for what, statement in EMPTY.items()}
        counts["cap slot"] = CapSlot.objects.filter(
            customer__in=person.customers
        ).delete()[0]
        return counts | _by_words(Sought(person))

    def export(self, person: Person) -> Shown:
        messages = Message.objects.filter(customer__in=person.customers)
        parts = (
            ("message", messages.order_by("pk").values(*MESSAGE)),
            (
                "attempt",
                Attempt.objects.filter(message__in=messages).order_by("pk").values(),
            ),
            (
                "touchpoint",
                Touchpoint.objects.filter(message__in=messages).order_by("pk").values(),
            ),
            (
                "recipient",
                Recipient.objects.filter(customer__in=person.customers)
                .order_by("pk")
                .values(),
            ),
        )
        return [{"table": name, **row} for name, rows in parts for row in rows]


MESSAGE = (
    "pk",
    "campaign__name",
    "run",
    "customer",
    "state",
    "reason",
    "why",
    "arm",
    "channel",
    "offer",
    "context",
    "subject",
    "body",
    "planned_at",
    "sent_at",
)


def _by_words(sought: Sought) -> Counts:
    """Erase where an id of the person was made part of something else: a link's target,
    the key of a message.
    """
    links = tables.speaking(TrackedLink.objects.all(), "url", sought)
    keys = tables.speaking(
        Message.objects.filter(state__in=ENDED), "dedupe_key", sought
    )
    for pk, key in Message.objects.filter(pk__in=keys).values_list("pk", "dedupe_key"):
        hashed = signing.digest("erased key", key)
        Message.objects.filter(pk=pk).update(dedupe_key=hashed)
        # the books find a message's coupon by it
        Coupon.objects.filter(grant_key=key).update(grant_key=hashed)
    return {
        "link": TrackedLink.objects.filter(pk__in=links).delete()[0],
        "key": len(keys),
    }


def _run(statement: str, person: Person) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"customers": list(person.customers)})
        return cursor.rowcount
