"""What learning consists of, step by step, each a job that workers do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from profiles import jobs
from profiles.models import Job

STEPS = ("portraits", "groups", "vectors", "recommender", "scores")


def start(step: str, as_of: datetime, *, is_now: bool, by_words: bool = False) -> list[Callable[[], Job]]:
    """Return what begins each job of a step, in order. What is kept per customer is only renewed as of now.

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
    params: dict[str, object] = {"as_of": as_of.isoformat()} | ({"text": True} if by_words and step == "scores" else {})
    if step == "vectors" and not is_now:
        params["is_past"] = True
    return [partial(jobs.start, kind, params, title=title) for kind, title in kinds]
