"""The segment builder's rows inside a panel: a rule by which a journey splits, waits or
ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.admin.editor.journey_choices import NO_RULE
from campaigns.admin.editor.values import get
from campaigns.admin.journeys.step_words import rule_words
from profiles.segments.builder import form
from profiles.segments.builder.problems import problems

MOST_LETTERS = 100_000


def rule_rows(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return what the rows of a panel's rule are drawn from; nothing where it has none."""
    return _drawn(get(holder, name)) if name else {}


@require_POST
def rows(request: HttpRequest) -> HttpResponse:
    """Draw a rule as rows; what it would be without them is not kept here."""
    sent = request.POST.get("rule", "")[:MOST_LETTERS]
    try:
        rule = json.loads(sent)
    except (ValueError, RecursionError):
        return JsonResponse({"problem": _("This rule can't be read.")}, status=422)
    facts = _drawn(rule)
    page = "admin/profiles/segment/rows.html"
    return JsonResponse(
        {"rows": render_to_string(page, facts, request), "words": rule_words(rule)}
    )


def _drawn(rule: Any) -> dict[str, Any]:
    found = form.whole(rule if isinstance(rule, dict) and rule else dict(NO_RULE))
    return {
        "row": form.rows(found, problems(found)),
        "kinds": form.kinds(),
        "groups": form.group_words(),
        "rule_words": rule_words(found),
    }
