"""The ledgers compared as a job, once a day: metrics say what it found."""

from typing import Any

from django.utils.translation import gettext_noop

from campaigns.planning.reconcile import reconcile
from profiles import jobs
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.clock import now, shop_zone


class ReconcileJob:
    """One part: every ledger."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{}]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        found = reconcile()["differences"]
        for one in found[:20]:
            progress(1.0, f"{one['check']}: {one['where']}")
        return {"differences": len(found)}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


def start_due() -> None:
    """Ask for today's comparison, once."""
    today = now().astimezone(shop_zone()).date()
    jobs.start(
        "reconcile",
        {},
        title=gettext_noop("Comparing ledgers"),
        key=f"reconcile:{today.isoformat()}",
    )
