"""A kind of job for the tests: each part leaves a row behind, the way it is told to."""

import os
import signal
import time
from typing import Any

from django.db import transaction

from profiles.jobs import Progress
from profiles.models import Item, Job


class CountingJob:
    """One part per word of ``params["parts"]``: ``ok``, ``slow``, ``fails``, ``dies``
    (kills its own process).
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{"word": word, "n": n} for n, word in enumerate(job.params["parts"])]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        if chunk["word"] == "slow":
            for step in range(40):
                progress(step / 40, "halfway" if step == 20 else "")
                time.sleep(0.1)
        if chunk["word"] == "fails":
            raise ValueError("the oven is cold")
        if chunk["word"] == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        Item.objects.get_or_create(
            external_id=f"{job.pk}-{chunk['n']}", defaults={"title": str(os.getpid())}
        )
        return {"n": chunk["n"]}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        with transaction.atomic():
            Item.objects.create(external_id=f"{job.pk}-finished")
        return {"sum": sum(one["n"] for one in results)}
