"""What is wrong with sending right now. Each check is one query that stays quick at any
size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.delivery.alerting.alarm import Alarm
from campaigns.delivery.alerting.brake_alarms import brakes_pulled
from campaigns.delivery.alerting.coupon_alarms import pools_run_dry
from campaigns.delivery.alerting.data_alarms import (
    backup_is_old,
    damaged_files,
    goods_to_ask_about,
    history_lags,
    history_repaired,
    learning_is_late,
    models_that_drift,
    unfinished_erasures,
)
from campaigns.delivery.limits import brake
from campaigns.models import (
    Attempt,
    InboundWebhook,
    Message,
    Occasion,
    Run,
    ScheduleTick,
    SendingPause,
    SignOfLife,
)
from retention_site.lib.admin.words import said
from retention_site.lib.clock import now, real_now

LONGEST_WAIT = {"triggered": timedelta(minutes=2), "bulk": timedelta(minutes=30)}
LONGEST_DOUBT = timedelta(minutes=10)
LONGEST_SILENCE = timedelta(minutes=2)  # of a sweep that comes every ten seconds
MOST_REFUSED, FEWEST = 0.2, 50  # share of the last hour's tries, of at least so many
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
NEWEST = 20_000  # rows looked at where no index tells the time
# how a message begins to say that it waits for its provider's rate
AS_PLANNED = "as fast as"
SWEEP = "sweep_messages"


def alarms() -> list[Alarm]:
    """Return everything that is wrong now."""
    return [alarm for check in CHECKS for alarm in check()]


def waits_too_long() -> Iterator[Alarm]:
    """The queue's age by lane; what is paused or held to a rate waits as planned."""
    if SendingPause.objects.exists():
        return
    late = Message.objects.queued().filter(
        not_before__lte=now() - min(LONGEST_WAIT.values())
    )
    late = late.exclude(campaign__state="paused").exclude(reason__startswith=AS_PLANNED)
    if brake.is_pulled():
        late = late.filter(campaign__kind="transactional")
    for lane, oldest in (
        late.order_by().values_list("lane").annotate(oldest=Min("not_before"))
    ):
        waited = now() - oldest
        if waited > LONGEST_WAIT.get(lane, HOUR):
            yield Alarm(
                "queue",
                lane,
                _("The oldest message of lane %(lane)s waits for %(n)d minutes")
                % {
                    "lane": lane,
                    "n": waited.total_seconds() / 60,
                },
                waited.total_seconds(),
            )


def nobody_knows() -> Iterator[Alarm]:
    """Unknown messages: a person decides whether to send them again."""
    unknown = Message.objects.filter(state=Message.State.UNKNOWN).order_by()
    for campaign, n in unknown.values_list("campaign__name").annotate(n=Count("pk")):
        words = ngettext(
            "%(n)d message of %(campaign)s may or may not have arrived",
            "%(n)d messages of %(campaign)s may or may not have arrived",
            n,
        )
        yield Alarm("unknown", campaign, words % {"n": n, "campaign": campaign}, n)


def long_in_doubt() -> Iterator[Alarm]:
    late = Message.objects.filter(
        state=Message.State.UNCERTAIN,
        attempts__started_at__lt=real_now() - LONGEST_DOUBT,
    )
    for channel, n in (
        late.order_by().values_list("channel").annotate(n=Count("pk", distinct=True))
    ):
        words = ngettext(
            "%(n)d %(channel)s message is in doubt and its provider does not say",
            "%(n)d %(channel)s messages are in doubt and their provider does not say",
            n,
        )
        yield Alarm("uncertain", channel, words % {"n": n, "channel": channel}, n)


def refuses_too_much() -> Iterator[Alarm]:
    """Providers that took too few of the last hour's messages."""
    newest = Attempt.objects.aggregate(pk=Max("pk"))["pk"] or 0
    tried = Attempt.objects.filter(
        pk__gt=newest - NEWEST, started_at__gt=real_now() - HOUR
    ).order_by()
    bad = Count(
        "pk", filter=~Q(state__in=[Attempt.State.ACCEPTED, Attempt.State.INTENT])
    )
    for provider, n, n_bad in tried.values_list("provider").annotate(
        n=Count("pk"), n_bad=bad
    ):
        if n >= FEWEST and n_bad / n > MOST_REFUSED:
            words = _("%(provider)s did not take %(share)d %% of the last hour's tries")
            yield Alarm(
                "provider",
                provider,
                words % {"provider": provider, "share": 100 * n_bad / n},
                n_bad / n,
            )


def failed_runs() -> Iterator[Alarm]:
    for run in Run.objects.filter(
        state=Run.State.FAILED, created_at__gt=real_now() - WEEK
    ).select_related("campaign"):
        yield Alarm("run", str(run.pk), f"{run.campaign}: {run.error}"[:300])


def missed_times() -> Iterator[Alarm]:
    missed = ScheduleTick.objects.filter(
        state=ScheduleTick.State.MISSED, due_at__gt=now() - DAY
    )
    for tick in missed.select_related("schedule__campaign"):
        words = _("%(campaign)s was due at %(at)s and was not launched")
        facts = {
            "campaign": tick.schedule.campaign,
            "at": f"{tick.due_wall:%Y-%m-%d %H:%M} ({tick.schedule.time_zone})",
        }
        yield Alarm("schedule", str(tick.pk), words % facts)


def refused_webhooks() -> Iterator[Alarm]:
    newest = InboundWebhook.objects.aggregate(pk=Max("pk"))["pk"] or 0
    refused = InboundWebhook.objects.filter(
        pk__gt=newest - NEWEST,
        state=InboundWebhook.State.REFUSED,
        received_at__gt=real_now() - HOUR,
    )
    for source, n in refused.order_by().values_list("source").annotate(n=Count("pk")):
        words = ngettext(
            "%(n)d call of %(source)s started nothing",
            "%(n)d calls of %(source)s started nothing",
            n,
        )
        yield Alarm("webhook", source, words % {"n": n, "source": source}, n)


def broken_occasions() -> Iterator[Alarm]:
    broken = Occasion.objects.filter(
        state=Occasion.State.REFUSED,
        reason__startswith="our own error",
        ended_at__gt=now() - HOUR,
    )
    for campaign, n in (
        broken.order_by().values_list("campaign__name").annotate(n=Count("pk"))
    ):
        words = ngettext(
            "%(n)d occasion of %(campaign)s met an error of our own",
            "%(n)d occasions of %(campaign)s met an error of our own",
            n,
        )
        yield Alarm("occasion", campaign, words % {"n": n, "campaign": campaign}, n)


def stands_still() -> Iterator[Alarm]:
    for pause in SendingPause.objects.all():
        yield Alarm(
            "pause",
            "",
            _("All sending is paused. %(reason)s") % {"reason": said(pause.reason)},
            None,
        )


def silent_sweeps() -> Iterator[Alarm]:
    """Sweeps that were heard once and are not any more; asked from elsewhere than a
    sweep, since that may be dead.
    """
    for sign in SignOfLife.objects.filter(at__lt=real_now() - LONGEST_SILENCE):
        words = _(
            "The sweep %(name)s was last heard at %(at)s: do workers and beat run?"
        )
        yield Alarm(
            "sweep",
            sign.name,
            words % {"name": sign.name, "at": f"{sign.at:%Y-%m-%d %H:%M:%S} UTC"},
        )


CHECKS: tuple[Callable[[], Iterator[Alarm]], ...] = (
    stands_still,
    brakes_pulled,
    waits_too_long,
    nobody_knows,
    long_in_doubt,
    refuses_too_much,
    failed_runs,
    missed_times,
    refused_webhooks,
    broken_occasions,
    silent_sweeps,
    models_that_drift,
    unfinished_erasures,
    history_lags,
    history_repaired,
    damaged_files,
    backup_is_old,
    learning_is_late,
    goods_to_ask_about,
    pools_run_dry,
)
