"""The job that plans a run: freeze the audience, write its messages part by part, let
it send.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from campaigns.content.parse import read
from campaigns.models import Message, Run
from campaigns.planning import bandit_allocation, message_planner
from campaigns.planning.audiences import audience
from profiles import history
from profiles.jobs import Progress
from profiles.models import Job
from retention_site.lib.clock import now
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
LANE = "bulk"


class LaunchJob:
    """One part is up to `frozen.CHUNK` customers; a part done twice writes nothing
    twice.
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        """Choose and freeze the audience."""
        run = _run(job)
        # the audience is chosen from the columns: what was committed by now must be in
        # them
        history.refresh()
        content = read(run.version.content)
        chosen = audience.choose(content, run)
        frozen = {"n_audience": len(chosen.customers), "audience_hash": chosen.hash}
        empty = (
            f"The audience is empty: nobody fitted it at {run.as_of:%Y-%m-%d %H:%M}"
            " UTC."
        )
        Run.objects.filter(pk=run.pk).update(
            **frozen,
            shares=bandit_allocation.shares(run, content),
            error="" if chosen.customers else empty,
        )
        return [{"customers": customers} for customers in chosen.chunks()]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Write one part's messages in one transaction, and wake the senders."""
        run = _run(job)
        counts = plan_part(run, chunk["customers"])
        progress(1.0, f"{sum(counts.values())} customers: {counts['send']} to write to")
        return dict(counts)

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Say that the run's messages are complete."""
        Run.objects.filter(pk=job.params["run"], state=Run.State.PLANNING).update(
            state=Run.State.SENDING
        )
        wake(SEND, LANE)
        return {"run": job.params["run"], **decisions(job.params["run"])}


@transaction.atomic
def plan_part(run: Run, customers: list[int]) -> Counter[str]:
    """Write the messages of some customers of a run; another worker with the same ones
    waits and finds them done.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [run.pk % 2**31, min(customers) % 2**31],
        )
        # a stop waits for us
        cursor.execute(
            "SELECT state FROM campaigns_run WHERE id = %s FOR SHARE", [run.pk]
        )
        (state,) = cursor.fetchone()
    prefix = f"run:{run.pk}:"
    firing = message_planner.Firing(
        run=run,
        content=read(run.version.content),
        salt=run.version.salt,
        now=now(),
        key_of=lambda customer: f"{prefix}{customer}",
        lane=LANE,
        is_stopped=state == Run.State.STOPPED,
    )
    counts = message_planner.plan(firing, customers)
    wake(SEND, LANE)
    return counts


def decisions(run: int) -> dict[str, Any]:
    """Count a run's rows: how many are to be sent, how many are held for which reason."""
    held = Message.objects.filter(run=run, state=Message.State.HELD).values_list(
        "reason"
    )
    n_rows = Message.objects.filter(run=run).count()
    by_reason = dict(held.annotate(n=Count("id")).order_by("reason"))
    return {"send": n_rows - sum(by_reason.values()), "hold": by_reason}


def _run(job: Job) -> Run:
    return Run.objects.select_related("version", "campaign").get(pk=job.params["run"])
