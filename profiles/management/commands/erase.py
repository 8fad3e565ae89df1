"""manage.py erase: erase people for good, in every store, and print the receipt."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from profiles.models import DataRequest
from profiles.privacy import erasure
from profiles.privacy.contract import stores
from retention_site.lib.clock import as_of_shop
from retention_site.lib.commands import BadInput, RapportCommand


class Command(RapportCommand):
    help = "Erase a customer for good, in every store; print a receipt that names each."
    audited = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "customer_id", help="the shop's own id; joined customers are one person"
        )

    def work(self, *_args: Any, customer_id: str, **_options: Any) -> dict[str, Any]:
        try:
            request = erasure.begin(customer_id)
        except erasure.NobodyKnown as error:
            raise BadInput(str(error)) from None
        return receipt(
            customer_id, erasure.finish(request, progress=self.progress("erasing"))
        )

    def say(self, answer: dict[str, Any]) -> str:
        lines = [
            f"{answer['customer_id']} is erased for good (request {answer['request']})."
        ]
        for store in answer["stores"]:
            erased = (
                ", ".join(f"{n} × {what}" for what, n in store["erased"].items())
                or "nothing was held"
            )
            lines.append(
                f"  {store['label']}: {erased}"
                + (f"; stays: {store['stays']}" if store["stays"] else "")
            )
        return "\n".join(lines)


def receipt(customer_id: str, request: DataRequest) -> dict[str, Any]:
    """Return what was erased where, what stays, and why."""
    erased = {one["store"]: one["erased"] for one in request.receipt}
    return {
        "customer_id": customer_id,
        "request": request.pk,
        "asked_at": as_of_shop(request.asked_at),
        "finished_at": as_of_shop(request.finished_at) if request.finished_at else None,
        "customers": len(request.customers),
        "stores": [
            {
                "store": key,
                "label": str(store.label),
                "erased": erased.get(key, {}),
                "stays": str(store.stays),
            }
            for key, store in stores()
        ],
    }
