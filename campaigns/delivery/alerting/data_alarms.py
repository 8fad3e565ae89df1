"""What is wrong with the data that campaigns are decided by: models, history, erasures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.delivery.alerting.alarm import Alarm
from profiles.models import (
    Backup,
    DataRequest,
    HistoryState,
    Item,
    Job,
    Portrait,
    Score,
)
from recommender.models import DamagedFile, ModelVersion, RecommendationList
from retention_site.lib.clock import now, real_now
from retention_site.lib.transactions import longest_open

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OLDEST_LEARNED = timedelta(hours=36)  # a night was missed
LONGEST_HOLD = timedelta(minutes=5)  # of what audiences are read from


def models_that_drift() -> Iterator[Alarm]:
    """Models in use that the shop has moved away from, by the last daily look."""
    drifting = ModelVersion.objects.filter(is_promoted=True, watched__alarm__gt="")
    for model, why in drifting.values_list("model", "watched__alarm"):
        yield Alarm(
            "model",
            model,
            _("The model %(model)s no longer fits: %(why)s")
            % {
                "model": model,
                "why": why,
            },
        )


def backup_is_old() -> Iterator[Alarm]:
    """The last backup is older than was promised; a shop that never made one is not
    nagged.
    """
    last = Backup.objects.aggregate(at=Max("made_at"))["at"]
    if last and (age := real_now() - last) > timedelta(days=settings.BACKUP_DAYS):
        words = _("The last backup is %(n)d days old; make one, or look at its timer")
        yield Alarm("backup", "", words % {"n": age.days}, age.total_seconds())


def damaged_files() -> Iterator[Alarm]:
    """Something learned that its disk has spoiled; what was learned before serves
    meanwhile, where there is some.
    """
    for one in DamagedFile.objects.all():
        yield Alarm(
            "model_file",
            one.path,
            _("%(wrong)s: run %(remedy)s") % {"wrong": one.wrong, "remedy": one.remedy},
        )


def learning_is_late() -> Iterator[Alarm]:
    """What is shown and sent by is old: the night's learning did not run, or ended
    badly.
    """
    if not settings.LEARN_AT:
        return
    for name, model in (
        (_("Portraits"), Portrait),
        (_("Lists"), RecommendationList),
        (_("Scores"), Score),
    ):
        oldest = model.objects.order_by("pk").values_list("as_of", flat=True).first()
        if oldest and now() - oldest > OLDEST_LEARNED:
            words = _(
                "%(what)s are of %(at)s: nightly learning is late, look at its page"
            )
            yield Alarm(
                "learning",
                model.__name__,
                words % {"what": name, "at": f"{oldest:%Y-%m-%d %H:%M} UTC"},
            )
    failed = Job.objects.filter(
        key__startswith="learn:",
        state=Job.State.FAILED,
        finished_at__gt=real_now() - DAY,
    )
    for kind, title, error in failed.values_list("kind", "title", "error"):
        yield Alarm(
            "learning",
            f"failed {kind}",
            _("%(step)s: %(error)s") % {"step": title, "error": error},
        )


def goods_to_ask_about() -> Iterator[Alarm]:
    """Services, fees and what only adults may buy: recommended like everything until
    somebody has answered.
    """
    n = (
        Item.objects.filter(never_recommend=None, available=True)
        .exclude(suspicion="")
        .count()
    )
    if n:
        words = ngettext(
            "%(n)d item looks like a fee, a service or something for adults: say"
            " whether it may be recommended",
            "%(n)d items look like fees, services or things for adults: say whether"
            " they may be recommended",
            n,
        )
        yield Alarm("goods", "", words % {"n": n}, n)


def unfinished_erasures() -> Iterator[Alarm]:
    """People who asked to be forgotten and are still in some store."""
    late = DataRequest.objects.filter(
        kind=DataRequest.Kind.ERASURE, finished_at=None, asked_at__lt=real_now() - HOUR
    )
    for pk in late.values_list("pk", flat=True):
        words = _(
            "Erasure %(n)d began over an hour ago and is not done; its job says why"
        )
        yield Alarm("erasure", str(pk), words % {"n": pk})


def history_lags() -> Iterator[Alarm]:
    """What segments and launches read lacks facts: a transaction is open too long, or
    nobody refreshes.
    """
    state = HistoryState.objects.exclude(refreshed_at=None).first()
    if state is None:
        return
    holder, moment = longest_open(), real_now()
    if holder is not None and moment - holder.since > LONGEST_HOLD:
        words = _(
            "The history lacks what was stored since %(at)s UTC: %(holder)s holds it"
            " back"
        )
        said = {"at": f"{holder.since:%Y-%m-%d %H:%M:%S}", "holder": holder.words}
        yield Alarm(
            "history", "held", words % said, (moment - holder.since).total_seconds()
        )
    if state.refreshed_at and moment - state.refreshed_at > LONGEST_HOLD:
        words = _(
            "The history was last refreshed at %(at)s UTC: do workers and beat run?"
        )
        yield Alarm(
            "history",
            "stale",
            words % {"at": f"{state.refreshed_at:%Y-%m-%d %H:%M:%S}"},
        )


def history_repaired() -> Iterator[Alarm]:
    """Files of the history that were found broken within a day: they are whole again,
    the disk may not be.
    """
    state = HistoryState.objects.first()
    since = (real_now() - DAY).isoformat()
    for one in state.repairs if state else ():
        if one["at"] > since:
            words = _(
                "%(path)s of the history was %(wrong)s and was made anew from the"
                " database: look at the disk"
            )
            yield Alarm("history_file", one["path"], words % one)
