"""Wake-ups: the work itself is claimed from the database."""

from datetime import timedelta

from celery import shared_task

from campaigns.delivery import claim, send, sweep
from campaigns.delivery.alerting import alerts
from campaigns.delivery.limits import brake
from campaigns.delivery.track import reclassify
from campaigns.inbound.webhook_processing import drop_stale, process
from campaigns.journeys import missed_events, mover
from campaigns.journeys.tokens import DUE, WOKEN
from campaigns.offers import coupons, order_returns, shared_codes
from campaigns.offers.points import birthdays, earning, points_traits
from campaigns.offers.points import ledger as points_ledger
from campaigns.planning import launch, reconcile_job
from campaigns.proof.reports import refresh_reports, weekly_letter
from campaigns.triggers import schedules, start
from retention_site.lib import clock
from retention_site.lib.wake import wake

SEND = "campaigns.tasks.send_due"
START = "campaigns.tasks.start_occasions"
MOVE = "campaigns.tasks.move_journeys"
TURN_SECONDS = 20.0  # one wake-up sends this long, then others have their turn


@shared_task
def send_due(lane: str = claim.BULK) -> None:
    """Send what is due in a lane; a full first batch calls another worker to help."""
    send.drain(lane, TURN_SECONDS, on_full_batch=lambda: wake(SEND, lane))
    if claim.has_due(lane):
        wake(SEND, lane)


@shared_task
def process_webhooks() -> None:
    """Start what stored webhooks ask for, and send it."""
    if process():
        send.drain(claim.TRIGGERED, TURN_SECONDS)


@shared_task
def start_occasions() -> None:
    """Start what is due of the occasions that triggers noticed, and send it."""
    if start.start_due():
        send.drain(claim.TRIGGERED, TURN_SECONDS)


@shared_task
def answer_questions() -> None:
    """Work out the questions that wait; what nobody fetched goes to a person."""
    # loaded by the worker that answers, not by each that sends
    from campaigns.answers import conversations
    from campaigns.answers.document_versions import current_key

    if current_key() or conversations.waiting():
        # opens the encoders, before anybody asks. Shops without documents do without
        from campaigns.answers import preparation, worker

        # drawing them takes a minute, and here somebody's messages wait: a job does it
        if preparation.is_done():
            worker.answer_waiting()
    conversations.drop_stale()


@shared_task
def move_journeys(*lanes: int) -> None:
    """Move on whoever is due in a journey, and send what that brings to those whom
    something happened to.
    """
    if mover.move_due(lanes or (WOKEN, DUE)):
        send.drain(claim.TRIGGERED, TURN_SECONDS)


@shared_task
def sweep_journeys() -> None:
    """Move on those of whom nobody told: their time has come, an event was missed, or
    their zone is another.
    """
    missed_events.look()
    mover.follow_zones()
    wake(MOVE, WOKEN)
    wake(MOVE, DUE)


@shared_task
def look_for_occasions() -> None:
    """Look for what triggers wait for and nobody announced."""
    # may bring DuckDB: workers that only send do without
    from campaigns.triggers import poll

    if poll.look():
        wake(START)


@shared_task
def give_coupons_back() -> None:
    """Give back the coupons of orders that were cancelled or refunded."""
    moment = clock.now()
    since = moment - timedelta(days=order_returns.LOOKED_BACK_DAYS)
    order_returns.follow(at=moment, since=since)


@shared_task
def settle_coupons() -> None:
    """Give the money of coupons that expired back to their pools, and let go what a
    till reserved of a shared code and never paid.
    """
    moment = clock.now()
    shared_codes.let_go_late(at=moment)
    coupons.expire(at=moment)


@shared_task
def expire_points() -> None:
    """Take points that have expired off their lots."""
    points_ledger.expire(at=clock.now())


@shared_task
def earn_points() -> None:
    """Give the points that orders, events and birthdays earned, and take back those of
    what came back.
    """
    moment = clock.now()
    earning.earn(at=moment)
    birthdays.congratulate(at=moment)
    points_traits.refresh(at=moment)


@shared_task
def sweep_messages() -> None:
    """Put right what dead workers and lost wake-ups left, and wake senders for what is
    due.
    """
    sweep.sweep()
    drop_stale()
    process_webhooks()
    start.drop_stale()
    start_occasions()
    for lane in claim.LANES:
        if claim.has_due(lane):
            wake(SEND, lane)
    alerts.is_alive("sweep_messages")


@shared_task
def check_brake() -> None:
    """Pause what too many complain about, bounce or unsubscribe from; operators are
    told at once.
    """
    if brake.check():
        alerts.raise_alerts()


@shared_task
def raise_alerts() -> None:
    """Write down what is wrong, and tell operators of what is new."""
    alerts.raise_alerts()


@shared_task
def fire_schedules() -> None:
    """Launch what is scheduled, and show which launches failed."""
    schedules.fire()
    launch.note_failures()


@shared_task
def compare_ledgers() -> None:
    """Compare the ledgers of coupons, points and messages once a day."""
    reconcile_job.start_due()


@shared_task
def measure_again() -> None:
    """Measure runs again whose report is a day old while outcomes still come in."""
    refresh_reports.refresh()


@shared_task
def sum_up_the_week() -> None:
    """Measure the programme once a week, and mail the summary to staff who asked for
    it.
    """
    weekly_letter.start_due()


@shared_task
def judge_touches_again() -> None:
    """Judge the opens and clicks of the last days anew: a scanner often shows itself
    only by what it does next.
    """
    reclassify.reclassify(clock.now() - timedelta(days=2))
