"""Problems of a document in the reader's language, as far as they are usual ones."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from campaigns.lifecycle.draft_problems import DraftProblem
from retention_site.lib.admin.words import said


def in_language(problem: DraftProblem) -> str:
    """Say a problem beside its field: what is missing in the field's own words."""
    if own := _missing(problem):
        return own
    return said(problem.words)


def with_its_field(problem: DraftProblem, labels: Mapping[str, str]) -> str:
    """Say a problem away from its field, by the field's label where it is short of one."""
    words = in_language(problem)
    if words not in (_("This is needed."), said(problem.words)) or not problem.place:
        return words  # a sentence of its own, such as "Write a subject."
    return f"{labels.get(problem.place, problem.place)}: {words}"


def _missing(problem: DraftProblem) -> str:
    place, words = problem.place, problem.words
    if place == "schedule.starts":
        return _("Choose a day and an hour.")
    if not words.startswith("is missing"):
        return ""
    if place == "segment":
        return _("Choose who is meant.")
    if place.endswith((".html", ".mjml")):
        return _("Choose a template.")
    if place.endswith(".subject"):
        return _("Write a subject.")
    if place.endswith(".text"):
        return _("Write the text.")
    if place.endswith(".title"):
        return _("Write a title.")
    return _("This is needed.")
