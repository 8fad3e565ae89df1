"""What the beat fires, and which queue each task runs on. Sweeps only, all idempotent."""

SWEEP_SECONDS = 10.0


def _sweep(task: str, every: float = SWEEP_SECONDS) -> dict[str, object]:
    return {"task": task, "schedule": every, "options": {"expires": every}}


BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "give-dead-workers-jobs-to-others": _sweep("profiles.tasks.sweep_jobs"),
    "bring-the-history-up-to-date": _sweep("profiles.tasks.refresh_history"),
}

ROUTES: dict[str, dict[str, str]] = {
    "profiles.tasks.work_jobs": {"queue": "jobs"},
    "campaigns.tasks.send_due": {"queue": "send"},
}
