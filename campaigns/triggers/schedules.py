"""Campaigns fired by the clock: every local wall time once, with any number of beats,
late ones reported.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import QuerySet

from campaigns.content.model import CUSTOMER_ZONE, Timetable
from campaigns.journeys import enrol_job
from campaigns.models import Campaign, Run, Schedule, ScheduleTick
from campaigns.planning.launch import CannotLaunch, launch, must_be_active
from campaigns.triggers import recurrence
from retention_site.lib.clock import now
from retention_site.lib.walltime import instant

log = structlog.get_logger(__name__)
FIRST_ZONE = ZoneInfo("Pacific/Kiritimati")  # UTC+14
NEVER = datetime(9999, 1, 1)  # noqa: DTZ001  a wall time


def settle(campaign: Campaign, timetable: Timetable | None) -> None:
    """Make a campaign's schedule what its approved version says; without one, end it."""
    if timetable is None:
        Schedule.objects.filter(campaign=campaign).update(is_active=False)
        return
    Schedule.objects.update_or_create(
        campaign=campaign,
        defaults={
            "starts_local": _stored(datetime.fromisoformat(timetable.starts)),
            "time_zone": timetable.time_zone,
            "repeat": timetable.repeat,
            "grace_minutes": timetable.grace_minutes,
            "is_active": True,
        },
    )


def fire() -> list[Run]:
    """Note every wall time that has come, and launch what is due; return the runs. Safe
    from any number of beats.
    """
    moment = now()
    for schedule in Schedule.objects.filter(is_active=True).select_related("campaign"):
        _note_due(schedule, moment)
    runs = [_fire_one(tick) for tick in _due_ticks().values_list("pk", flat=True)]
    return [run for run in runs if run is not None]


def zone_of(name: str) -> ZoneInfo:
    """Return a schedule's zone; one by the customers' clocks begins where the day
    begins first.
    """
    return FIRST_ZONE if name == CUSTOMER_ZONE else ZoneInfo(name)


def next_at(schedule: Schedule, after: datetime) -> datetime | None:
    """Return the next moment of a schedule."""
    zone = zone_of(schedule.time_zone)
    local = recurrence.following(
        schedule.starts_wall, schedule.repeat, after=recurrence.wall(after, zone)
    )
    return instant(local, zone) if local else None


def _note_due(schedule: Schedule, moment: datetime) -> None:
    """Write a row for each wall time since the last one: the newest within the grace is
    due, the others are missed.
    """
    zone, grace = zone_of(schedule.time_zone), timedelta(minutes=schedule.grace_minutes)
    until = recurrence.wall(moment, zone)
    locals_ = recurrence.due(
        schedule.starts_wall,
        schedule.repeat,
        after=_last_noted(schedule, zone),
        until=until,
    )
    at = [(local, instant(local, zone)) for local in locals_]
    come = [(local, due_at) for local, due_at in at if due_at <= moment]
    if not come:
        return
    newest = come[-1][1]
    ScheduleTick.objects.bulk_create(
        [
            ScheduleTick(
                schedule=schedule,
                due_local=_stored(local),
                due_at=due_at,
                state=_state(is_due=due_at == newest and moment - due_at <= grace),
            )
            for local, due_at in come
        ],
        ignore_conflicts=True,
    )


def _state(*, is_due: bool) -> ScheduleTick.State:
    return ScheduleTick.State.DUE if is_due else ScheduleTick.State.MISSED


def _last_noted(schedule: Schedule, zone: ZoneInfo) -> datetime:
    """The wall time up to which nothing is owed: the last one noted, or the approval,
    late by the grace at most.
    """
    last = schedule.ticks.order_by("-due_local").first()
    version = schedule.campaign.approved_version
    grace = timedelta(minutes=schedule.grace_minutes)
    since = (
        recurrence.wall(version.approved_at - grace, zone)
        if version and version.approved_at
        else NEVER
    )
    return max(last.due_wall, since) if last else since


def _due_ticks() -> QuerySet[ScheduleTick]:
    return ScheduleTick.objects.filter(state=ScheduleTick.State.DUE)


@transaction.atomic
def _fire_one(pk: int) -> Run | None:
    """Launch one due tick under a lock on its row; another beat that comes at the same
    time goes on.
    """
    tick = (
        _due_ticks()
        .select_related("schedule__campaign")
        .select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk)
        .first()
    )
    if tick is None:
        return None
    try:
        run = _launch(tick)
    except CannotLaunch as error:
        log.warning(
            "schedule missed",
            schedule=tick.schedule_id,
            due=str(tick.due_at),
            reason=str(error),
        )
        ScheduleTick.objects.filter(pk=pk).update(state=ScheduleTick.State.MISSED)
        return None
    ScheduleTick.objects.filter(pk=pk).update(
        state=ScheduleTick.State.FIRED, run=run, fired_at=now()
    )
    return run


def _launch(tick: ScheduleTick) -> Run | None:
    """Launch a campaign and return its run; let a segment into a journey."""
    schedule, moment = tick.schedule, now()
    if moment - tick.due_at > timedelta(minutes=schedule.grace_minutes):
        due = f"{tick.due_wall:%Y-%m-%d %H:%M} ({schedule.time_zone})"
        raise CannotLaunch(f"{schedule.campaign} was due at {due} and is too late now.")
    if schedule.campaign.origin == Campaign.Origin.JOURNEY:
        must_be_active(schedule.campaign)
        enrol_job.start(schedule.campaign, _key(tick))
        return None
    version = schedule.campaign.approved_version
    if version is None:
        raise CannotLaunch(f"{schedule.campaign} has no approved version.")
    due_local = tick.due_local if schedule.time_zone == CUSTOMER_ZONE else None
    return launch(
        version,
        key=_key(tick),
        started_by="schedule",
        as_of=moment,
        due_local=due_local,
    )


def _key(tick: ScheduleTick) -> str:
    return f"schedule:{tick.schedule_id}:{tick.due_wall:%Y-%m-%dT%H:%M}"


def _stored(local: datetime) -> datetime:
    """A wall time as the database keeps it: written as if it were UTC."""
    return local.replace(tzinfo=UTC)
