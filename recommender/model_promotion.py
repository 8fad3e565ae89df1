"""Put another version of a model in use: back to an older one, or forward again."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from profiles import jobs
from profiles.models import Job
from recommender import model_cards, model_files
from recommender.models import ModelVersion
from recommender.training import MODEL
from retention_site.lib import clock


class NotPossible(ValueError):
    """This version can't be used; says why in one sentence."""


def why_not(version: ModelVersion) -> str:
    """Say why a version can't be put in use now; nothing where it can."""
    if version.is_promoted:
        return _("it is in use")
    if not version.card.get("promoted"):
        return _("it did not pass: %(why)s") % {"why": version.card.get("why")}
    if not model_cards.folder(version.model, version.version).exists():
        return _("its files are gone")
    if wrong := model_files.wrong_with(version):
        return wrong
    return ""


@transaction.atomic
def put_in_use(version: ModelVersion, by: str) -> ModelVersion:
    """Use this version from now on; newer ones are withdrawn until somebody takes them
    up again or learns anew.

    Raise `NotPossible`.
    """
    everyone = (
        ModelVersion.objects.select_for_update()
        .filter(model=version.model)
        .order_by("pk")
    )
    version = next(one for one in everyone if one.pk == version.pk)
    if why := why_not(version):
        raise NotPossible(
            _("%(version)s can't be put in use: %(why)s.")
            % {
                "version": version,
                "why": why,
            }
        )
    newer = [
        one.pk for one in everyone if (one.as_of, one.pk) > (version.as_of, version.pk)
    ]
    everyone.filter(pk__in=newer, withdrawn_at=None).update(
        withdrawn_at=Now(), withdrawn_by=by
    )
    everyone.filter(is_promoted=True).update(is_promoted=False)
    everyone.filter(pk=version.pk).update(
        is_promoted=True, promoted_at=Now(), withdrawn_at=None, withdrawn_by=""
    )
    version.refresh_from_db()
    return version


def make_anew(version: ModelVersion) -> Job:
    """Start the job that makes what customers are shown again, with the version in use."""
    now = clock.now().isoformat()
    if version.model == MODEL:
        return jobs.start(
            "lists", {"as_of": now}, title=gettext_noop("Make everybody's lists")
        )
    return jobs.start(
        "scores",
        {"as_of": now, "only_renew": True},
        title=gettext_noop("Score everybody again"),
    )
