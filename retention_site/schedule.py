"""What the beat fires, and which queue each task runs on. Sweeps only, all idempotent."""

from collections.abc import Sequence

SWEEP_SECONDS = 10.0


def _sweep(task: str, every: float = SWEEP_SECONDS) -> dict[str, object]:
    return {"task": task, "schedule": every, "options": {"expires": every}}


BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "give-dead-workers-jobs-to-others": _sweep("profiles.tasks.sweep_jobs"),
    "bring-the-history-up-to-date": _sweep("profiles.tasks.refresh_history"),
    "see-whether-the-history-is-whole": _sweep("profiles.tasks.check_history", 3600.0),
    "count-what-sources-bring": _sweep("profiles.tasks.count_what_sources_bring", 60.0),
    "see-who-entered-and-left-segments": _sweep(
        "profiles.tasks.refresh_segments", 300.0
    ),
    "erase-for-good-what-was-left-half-erased": _sweep(
        "profiles.tasks.see_to_erasures", 60.0
    ),
    "keep-nothing-longer-than-was-promised": _sweep(
        "profiles.tasks.drop_what_is_past_its_period", 3600.0
    ),
    "read-new-reviews-once-a-day": _sweep("profiles.tasks.read_reviews", 3600.0),
    "forget-old-answers-of-the-api": _sweep(
        "profiles.tasks.forget_answered_calls", 3600.0
    ),
    "learn-at-night-what-has-changed": _sweep("recommender.tasks.learn_nightly", 30.0),
    "see-whether-models-still-fit-the-shop": _sweep(
        "recommender.tasks.watch_models", 3600.0
    ),
    "look-for-what-triggers-wait-for": _sweep("campaigns.tasks.look_for_occasions"),
    "move-on-who-is-due-in-journeys": _sweep("campaigns.tasks.sweep_journeys"),
    "launch-what-is-scheduled": _sweep("campaigns.tasks.fire_schedules"),
    "pause-what-goes-wrong": _sweep("campaigns.tasks.check_brake"),
    "tell-operators-what-is-wrong": _sweep("campaigns.tasks.raise_alerts", 30.0),
    "sum-up-the-week-for-staff": _sweep("campaigns.tasks.sum_up_the_week", 900.0),
    "measure-open-runs-again-once-a-day": _sweep(
        "campaigns.tasks.measure_again", 600.0
    ),
    "give-back-the-coupons-of-refunded-orders": _sweep(
        "campaigns.tasks.give_coupons_back", 300.0
    ),
    "hand-over-what-nobody-answered": _sweep("campaigns.tasks.answer_questions"),
    "give-the-money-of-expired-coupons-back": _sweep(
        "campaigns.tasks.settle_coupons", 300.0
    ),
    "compare-ledgers-once-a-day": _sweep("campaigns.tasks.compare_ledgers", 3600.0),
    "give-points-for-what-was-bought-and-done": _sweep(
        "campaigns.tasks.earn_points", 30.0
    ),
    "let-points-expire": _sweep("campaigns.tasks.expire_points", 600.0),
    "tell-people-from-machines": _sweep("campaigns.tasks.judge_touches_again", 3600.0),
    "send-what-is-due-and-settle-what-is-uncertain": _sweep(
        "campaigns.tasks.sweep_messages"
    ),
}

QUEUES: dict[str, dict[str, str]] = {
    "profiles.tasks.work_jobs": {"queue": "jobs"},
    "profiles.tasks.refresh_segments": {"queue": "jobs"},
    "campaigns.tasks.earn_points": {"queue": "jobs"},
    "campaigns.tasks.send_due": {"queue": "send"},
    "campaigns.tasks.process_webhooks": {"queue": "triggered"},
    "campaigns.tasks.start_occasions": {"queue": "triggered"},
    "campaigns.tasks.answer_questions": {"queue": "triggered"},
}


def by_lane(
    name: str, args: Sequence[object], *_rest: object, **_options: object
) -> dict[str, str] | None:
    """Give messages that somebody waits for a queue of their own: they never stand
    behind a bulk send.
    """
    if name == "campaigns.tasks.move_journeys":  # lane 0: something happened just now
        return {"queue": "triggered" if 0 in args else "send"}
    return (
        {"queue": "triggered"}
        if name == "campaigns.tasks.send_due" and "triggered" in args
        else None
    )


ROUTES = (by_lane, QUEUES)
