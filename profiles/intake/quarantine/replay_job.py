"""Take many quarantined rows in as a job that one can watch."""

from collections import Counter
from functools import partial
from typing import Any

from profiles.intake.quarantine.nested_fields import replaced
from profiles.intake.quarantine.replay import replay_all
from profiles.jobs import Progress
from profiles.models import Job, QuarantinedRow

CHUNK = 5_000  # rows of one part


class ReplayJob:
    """``params``: group (the columns that its rows share), becomes (a value → what it
    is put right to).
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        rows = (
            QuarantinedRow.objects.waiting()
            .filter(**job.params["group"])
            .order_by("pk")
        )
        keys = list(rows.values_list("pk", flat=True))
        return [
            {"first": keys[n], "last": keys[min(n + CHUNK, len(keys)) - 1]}
            for n in range(0, len(keys), CHUNK)
        ]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        rows = QuarantinedRow.objects.filter(
            **job.params["group"], pk__range=(chunk["first"], chunk["last"])
        )
        change = partial(
            replaced,
            column=job.params["group"]["column"],
            becomes=job.params["becomes"],
        )
        done = replay_all(rows, change, by=job.created_by)
        progress(1.0)
        wrong = {
            f"{column}: {reason}": n for (column, reason), n in done.still_wrong.items()
        }
        return {"taken_in": done.n_taken_in, "still_wrong": wrong}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        wrong: Counter[str] = Counter()
        for one in results:
            wrong.update(one["still_wrong"])
        return {
            "taken in": sum(one["taken_in"] for one in results),
            "still wrong": dict(wrong),
        }
