"""What learning consists of, step by step, each a job that workers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from profiles import jobs
from profiles.models import Job
from recommender import nightly

STEPS = ("portraits", "groups", "vectors", "recommender", "scores")


def start(
    step: str, as_of: datetime, *, is_now: bool, by_words: bool = False
) -> list[Callable[[], Job]]:
    """Return what begins each job of a step, in order.

    What was learned as of the past is beside what is live, never in its place: models
    of that time are kept, portraits, groups, lists, vectors and scores of now stay.
    ``by_words`` also fine-tunes the text classifier with the scores.
    """
    kinds = {
        "portraits": [("portraits", _("Draw portraits"))],
        "groups": [("groups", _("Find groups of customers"))],
        "vectors": [("vectors", _("Encode texts"))],
        "recommender": [("recommender", _("Train the recommender"))],
        "scores": [("scores", _("Train the scores"))],
    }[step]
    if step == "recommender" and is_now:
        kinds.append(("lists", _("Make everybody's lists")))
    params: dict[str, object] = {"as_of": as_of.isoformat()} | (
        {"text": True} if by_words and step == "scores" else {}
    )
    params |= {"mark": nightly.mark()} if is_now else {"is_past": True}
    return [partial(jobs.start, kind, params, title=title) for kind, title in kinds]
