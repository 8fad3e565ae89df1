"""The jobs that measure a run and the whole programme, so that no page waits for them."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from campaigns.models import EffectReport, Run
from campaigns.proof.reports import (
    evaluate,
    programme_report,
    sunset_report,
    weekly_letter,
)
from profiles.jobs import Progress
from profiles.models import Job


class EvaluateJob:
    """One part: the run. Params: run; until (ISO 8601, else now); label ("A/A check",
    "simulated lift" or empty).
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [dict(job.params)]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Measure and store; done twice it stores the same report again."""
        run = Run.objects.select_related("campaign", "version").get(pk=chunk["run"])
        until = datetime.fromisoformat(chunk["until"]) if chunk.get("until") else None
        report = _measured(run, chunk.get("label", ""), until)
        progress(1.0)
        return {"report": report.pk}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class ProgrammeJob:
    """One part: everybody. Params: until (ISO 8601, else now)."""

    measure = staticmethod(programme_report.report)

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [dict(job.params)]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Measure and store; done twice it stores the same report again."""
        until = datetime.fromisoformat(chunk["until"]) if chunk.get("until") else None
        kept = self.measure(until=until)
        progress(1.0)
        return {"report": kept.pk}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return results[0]


class SunsetJob(ProgrammeJob):
    """One part: everybody who was silent for long. Params: until (ISO 8601, else now)."""

    measure = staticmethod(sunset_report.report)


class WeeklyJob:
    """One part is one person who asked for the summary. Params: until (ISO 8601)."""

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        return [{**job.params, "user": user.pk} for user in weekly_letter.subscribed()]

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Mail one letter; tried again it has the same key, by which a provider knows
        it.
        """
        user = User.objects.get(pk=chunk["user"])
        is_taken = weekly_letter.send(user, datetime.fromisoformat(chunk["until"]))
        progress(1.0)
        return {"sent": int(is_taken)}

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "sent": sum(result["sent"] for result in results),
            "subscribed": len(results),
        }


def _measured(run: Run, label: str, until: datetime | None) -> EffectReport:
    if not label:
        return evaluate.evaluate(run, until=until)
    if until is None:
        raise ValueError(f"{label}: say until when outcomes count.")
    measure = evaluate.check if label == evaluate.AA_CHECK else evaluate.check_with_lift
    return measure(run, until=until)
