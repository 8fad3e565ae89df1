"""Process stored webhooks: each in one transaction with what it starts, so that neither
happens without the other.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns.models import Campaign, Hook, InboundWebhook
from campaigns.planning.launch import CannotLaunch, Paused
from campaigns.triggers.api_call import Called, call
from profiles.models import Customer
from profiles.privacy import erased_ids
from retention_site.lib.clock import real_now

log = structlog.get_logger(__name__)
State = InboundWebhook.State
AT_ONCE = 10  # of one transaction: a backlog shares its commits

CAMPAIGN = ("hook__campaign__name", "hook__campaign__state")
END = """
    UPDATE campaigns_inboundwebhook SET state = %s, detail = %s, processed_at = %s,
        run_id = (SELECT run_id FROM campaigns_message WHERE id = %s)
    WHERE id = %s AND state = 'received'
"""


# What a message is no longer of use for when it waited longer than its campaign says.
EXPIRE = """
    UPDATE campaigns_inboundwebhook webhook SET state = 'refused', processed_at = %(now)s,
        detail = 'The campaign was paused for longer than a message is of use.'
    FROM campaigns_hook hook
    JOIN campaigns_campaign campaign ON campaign.id = hook.campaign_id AND campaign.state = 'paused'
    JOIN campaigns_trigger watched ON watched.campaign_id = campaign.id
    WHERE webhook.hook_id = hook.id AND webhook.state = 'received'
        AND webhook.received_at + (watched.plan ->> 'expires_after_hours')::float * interval '1 hour' <= %(now)s
"""


class CannotProcess(ValueError):
    """The webhook names nobody we know, or misses a field: one sentence."""


class Erased(CannotProcess):
    """The webhook names somebody who was erased: what it says is not kept."""


def drop_stale() -> int:
    """Refuse what waited for a paused campaign until nobody needs it; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"now": real_now()})
        return cursor.rowcount


def process() -> int:
    """Process what waits, oldest first; return how many.

    Rows that another worker has are left to it; those of a paused campaign wait until
    it goes on.
    """
    n = 0
    while n_now := _process_some():
        n += n_now
        if n_now < AT_ONCE:
            break
    return n


@transaction.atomic
def _process_some() -> int:
    with connection.cursor() as cursor:
        # lost with what it started; an intent comes after it
        cursor.execute("SET LOCAL synchronous_commit = off")
    waiting = list(
        InboundWebhook.objects.filter(state=State.RECEIVED)
        .exclude(hook__campaign__state=Campaign.State.PAUSED)
        .select_related("hook__campaign")
        .only(
            "event_id",
            "payload",
            "hook__slug",
            "hook__customer_field",
            "hook__key_field",
            *CAMPAIGN,
        )
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")[:AT_ONCE]
    )
    for webhook in waiting:
        outcome = _outcome(webhook)
        if outcome is None:
            continue  # paused this moment: it waits
        state, detail, called = outcome
        with connection.cursor() as cursor:
            cursor.execute(
                END,
                [
                    state,
                    detail,
                    real_now(),
                    called.message if called else None,
                    webhook.pk,
                ],
            )
    return len(waiting)


def _outcome(webhook: InboundWebhook) -> tuple[State, str, Called | None] | None:
    try:
        # a savepoint: what fails for one call takes nothing from the others of this
        # batch
        with transaction.atomic():
            called = start(webhook)
            return State.PROCESSED, called.words, called
    except Erased as error:
        # even refused it must not be kept: it names somebody who asked to be forgotten
        InboundWebhook.objects.filter(pk=webhook.pk).update(payload={})
        return State.REFUSED, str(error), None
    except Paused:
        return None
    except (CannotLaunch, CannotProcess) as error:
        return State.REFUSED, str(error), None
    except (OperationalError, InterfaceError):
        raise  # the database is away: the webhook waits
    except Exception as error:
        log.exception("a webhook could not be processed", webhook=webhook.pk)
        return (
            State.REFUSED,
            f"our own error, see the log: {type(error).__name__}",
            None,
        )


def start(webhook: InboundWebhook) -> Called:
    """Start the campaign of a webhook for the customer it names; raise `CannotProcess`
    or `CannotLaunch`.
    """
    hook = webhook.hook
    if hook is None:
        raise CannotProcess("The webhook's address was removed.")
    said = _customer_id(hook, webhook.payload)
    # joined ones are called too
    known = Customer.objects.filter(external_id=said, erased_at=None)
    customer = known.only("merged_into_id").first()
    if customer is None and erased_ids.customers([said]):
        raise Erased("The customer was erased.")
    if customer is None:
        raise CannotProcess(f"No customer has the id in {hook.customer_field}.")
    key = _key(hook, webhook, customer.merged_into_id or customer.pk)
    return call(
        hook.campaign, customer, key=key, data=webhook.payload, trigger="webhook"
    )


def _customer_id(hook: Hook, payload: Mapping[str, Any]) -> str:
    found = at_path(payload, hook.customer_field)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise CannotProcess(f"The payload has no customer id at {hook.customer_field}.")
    return str(found)


def _key(hook: Hook, webhook: InboundWebhook, customer: int) -> str:
    """Return what a message is sent once for: the customer's business object where the
    hook names one, else this call.

    Two customers may have a cart of the same id, such as a guest's that was taken over.
    """
    if not hook.key_field:
        return f"hook:{hook.slug}:{webhook.event_id}"
    found = at_path(webhook.payload, hook.key_field)
    if isinstance(found, bool) or not isinstance(found, str | int) or found == "":
        raise CannotProcess(f"The payload has no id at {hook.key_field}.")
    return f"hook:{hook.slug}:object:{found}:{customer}"


def at_path(payload: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or None."""
    found: Any = payload
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found
