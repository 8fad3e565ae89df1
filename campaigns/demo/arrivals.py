"""Did everything arrive, once? The sinks' own logs against the rows in the database."""

import time
from collections import Counter
from collections.abc import Sequence

from django.db.models import Count

from campaigns.delivery.sinks import log
from campaigns.models import Attempt, Campaign, Message, Run
from campaigns.planning.progress import progress_of
from retention_site.lib.commands import Failed

from .stage import Stage

CHANNELS = ("email", "sms", "push")
PATIENCE_SECONDS = 240.0
LOOK_SECONDS = 0.25


def wait_until_sent(stage: Stage, run: Run) -> None:
    """Wait for the workers to send what may go now."""
    with stage.step(f"Send “{run.campaign}” through the workers") as facts:
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while _is_busy(run):
            if time.monotonic() > ends_at:
                raise Failed(
                    f"{run.campaign} is not sent after {PATIENCE_SECONDS:.0f} s:"
                    f" {progress_of(run)['states']}"
                )
            time.sleep(LOOK_SECONDS)
        states = dict(run.messages.values_list("state").annotate(n=Count("id")))
        facts["words"] = ", ".join(
            f"{state} {n:,}" for state, n in sorted(states.items())
        )
        facts["workers"] = _senders(run)
    for worker in facts["workers"]:
        stage.say(f"  by worker {worker}")


def wait_for_run(campaign: Campaign) -> Run:
    """Return the run that the beat started; raise `Failed` when it fires none."""
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends_at:
        if run := campaign.runs.order_by("pk").first():
            return run
        time.sleep(LOOK_SECONDS)
    raise Failed(
        f"The beat did not fire {campaign} in {PATIENCE_SECONDS:.0f} s; is it running?"
    )


def check(stage: Stage, runs: Sequence[Run]) -> dict[str, dict[str, int]]:
    """Compare the sinks' logs with the rows: every message handed over stands in a log,
    once, and nothing else does.
    """
    with stage.step("Compare the sinks' own logs with the report") as facts:
        counts = {channel: _compared(channel) for channel in CHANNELS}
        wrong = {
            channel: one
            for channel, one in counts.items()
            if one["in the sink"] != one["sent"] or one["twice"]
        }
        if wrong:
            raise Failed(f"The sinks and the report differ: {wrong}")
        for run in runs:
            _adds_up(run)
        facts["words"] = ", ".join(
            f"{channel} {one['sent']:,} = {one['in the sink']:,}"
            for channel, one in counts.items()
        )
    return counts


def _adds_up(run: Run) -> None:
    n_rows, n_customers = (
        run.messages.count(),
        run.messages.values("customer").distinct().count(),
    )
    if not n_rows == n_customers == run.n_audience:
        raise Failed(
            f"{run}: {n_rows} rows for {n_customers} customers of an audience of"
            f" {run.n_audience}"
        )


def _compared(channel: str) -> dict[str, int]:
    taken = Counter(line["key"] for line in log.read(channel))
    sent = Message.objects.filter(channel=channel, state__in=Message.REACHED).count()
    return {
        "sent": sent,
        "in the sink": len(taken),
        "twice": sum(n > 1 for n in taken.values()),
    }


def _is_busy(run: Run) -> bool:
    run.refresh_from_db()
    if run.state == Run.State.FAILED:
        raise Failed(f"{run}: {run.error}")
    return run.state == Run.State.PLANNING or bool(progress_of(run)["due"])


def _senders(run: Run) -> list[str]:
    return sorted(
        Attempt.objects.filter(message__run=run)
        .values_list("worker", flat=True)
        .distinct()
    )
