"""Show a person all that is held about them, store by store; that it was asked for is
noted, what was shown is not.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db.models.functions import Now

from profiles.models import DataRequest
from profiles.privacy import asked
from profiles.privacy.contract import stores
from profiles.privacy.erasure import NobodyKnown, family_of, person_of
from retention_site.lib.clock import now
from retention_site.lib.commands import plain


def export(customer_id: str, *, by: User | None = None) -> dict[str, Any]:
    """Return what every store holds of the person with one of the shop's ids, as JSON
    can say it; note the request.

    Raise `NobodyKnown`, also for who was erased.
    """
    family = list(family_of(customer_id))
    if not family:
        raise NobodyKnown(f"No customer has the id {customer_id!r}.")
    person = person_of(family)
    held = [
        {
            "store": key,
            "label": str(store.label),
            "rows": [plain(row) for row in store.export(person)],
        }
        for key, store in stores()
    ]
    asked.handed_out(person.customers)
    DataRequest.objects.create(
        kind=DataRequest.Kind.EXPORT,
        customers=list(person.customers),
        asked_by=by,
        finished_at=Now(),
        receipt=[
            {"store": one["store"], "shown": {"row": len(one["rows"])}} for one in held
        ],
    )
    return {
        "customer_id": customer_id,
        "known_as": [customer.external_id for customer in family],
        "exported_at": now(),
        "stores": held,
    }
