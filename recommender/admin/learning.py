"""What is learned at night and when, and what the shop is asked about its goods."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recommender import nightly, suspects
from recommender.models import DamagedFile
from retention_site.lib import clock
from retention_site.lib.admin.pages import person, show

MAY_LEARN = "recommender.change_modelversion"
MAY_CHANGE_ITEMS = "profiles.change_item"
SHOWN = 8  # items of a question


def page(request: HttpRequest) -> HttpResponse:
    """Show the steps with their last run and the next; a button has everything learned
    now.
    """
    may_learn = request.user.has_perm(MAY_LEARN)
    if request.method == "POST" and may_learn:
        nightly.learn_now(person(request))
        messages.success(
            request, _("Learning has begun; the steps below show how far it is.")
        )
        return redirect("learning")
    now = clock.now()
    context = {
        "title": _("Learning"),
        "steps": nightly.state_of_last(),
        "late": nightly.late_steps(),
        "hour": settings.LEARN_AT,
        "last": nightly.last_night(now),
        "next": nightly.next_night(now),
        "damaged": DamagedFile.objects.order_by("path"),
        "n_asked": suspects.waiting().count(),
        "may_learn": may_learn,
    }
    return show(request, admin.site, "admin/recommender/learning.html", context)


def goods(request: HttpRequest) -> HttpResponse:
    """Ask about goods that may not be meant to be recommended: one click answers for
    all of a kind.
    """
    may_answer = request.user.has_perm(MAY_CHANGE_ITEMS)
    questions = suspects.asked()
    if request.method == "POST" and may_answer:
        _answer(request, questions)
        return redirect("goods")
    context = {
        "title": _("Never recommend?"),
        "questions": [
            {"asked": one, "shown": one.items[:SHOWN], "n_more": len(one.items) - SHOWN}
            for one in questions
        ],
        "may_answer": may_answer,
    }
    return show(request, admin.site, "admin/recommender/goods.html", context)


def _answer(request: HttpRequest, questions: list[suspects.SuspectGroup]) -> None:
    """Answer one question for the items that the page showed it with, not for those
    that came since.
    """
    known = {
        int(pk) for pk in request.POST.get("items", "").split(",") if pk.isdecimal()
    }
    found = next((one for one in questions if one.key == request.POST.get("key")), None)
    chosen = [item.pk for item in found.items if item.pk in known] if found else []
    never = request.POST.get("verdict") == "never"
    n = suspects.answer(chosen, never=never)
    if never:
        said = ngettext(
            "%(n)d item is never recommended.", "%(n)d items are never recommended.", n
        )
    else:
        said = ngettext(
            "%(n)d item may be recommended.", "%(n)d items may be recommended.", n
        )
    messages.success(request, said % {"n": n})
