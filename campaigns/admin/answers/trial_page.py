"""The page where staff try what a customer would be answered, and upload documents."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.answers import conversations
from campaigns.answers.document_versions import keep
from campaigns.answers.retrieval import documents
from campaigns.models import Turn
from retention_site.lib.admin.pages import show

from .conversations import WHY

MAY_UPLOAD = "campaigns.add_document"
MOST_CHARACTERS = 2_000
MOST_TRIALS = 60  # within a minute, all staff together


def page(request: HttpRequest) -> HttpResponse:
    """Show the box; POST asks, or takes a document in."""
    if request.method == "POST" and "file" in request.FILES:
        return _uploaded(request)
    context: dict[str, Any] = {
        "title": _("Try answers"),
        "may_upload": request.user.has_perm(MAY_UPLOAD),
        "question": "",
        "turn": None,
    }
    if request.method == "POST":
        question = request.POST.get("question", "")[:MOST_CHARACTERS].strip()
        context |= {"question": question, "turn": _tried(question)}
    return show(request, admin.site, "admin/campaigns/answers/trial.html", context)


def _tried(question: str) -> dict[str, Any] | None:
    """Ask as somebody unknown would; a trial is nobody's conversation."""
    if not question or "\0" in question:
        return None
    turn = conversations.ask_as_trial(question)
    reply = turn.reply or {}
    return {
        "state": turn.state,
        "said": turn.get_state_display(),
        "answer": turn.answer,
        "passages": reply.get("passages", []),
        "why": WHY.get(reply.get("why", ""), ""),
        "score": round(100 * (reply.get("score") or 0)),
        "is_sure": turn.state == Turn.State.ANSWERED,
    }


def _uploaded(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(MAY_UPLOAD):
        raise PermissionDenied
    file = request.FILES["file"]
    if isinstance(file, list):  # Django's types allow several, its forms send one
        raise PermissionDenied
    name = (file.name or "")[:200]
    try:
        if (file.size or 0) > documents.MAX_BYTES:
            raise documents.DocumentError(_("it is larger than 2 MB."))
        outcome = keep(documents.read(name, file.read()))
    except documents.DocumentError as error:
        messages.error(request, f"{name}: {error}")
    else:
        words = {
            "stored": _("The document was taken in."),
            "updated": _("A new version was taken in; older ones stay."),
            "duplicates": _("It says what it said: nothing changed."),
        }
        messages.success(request, words[outcome])
    return redirect("admin:answers_try")
