"""Privacy: what was asked and done, one person's export and erasure, and for how long
each kind of data is kept.
"""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.admin.rights import CUSTOMERS, EXPORT
from profiles.models import Customer, DataRequest, Job
from profiles.privacy import erasure, job, retention
from profiles.privacy.contract import stores
from profiles.privacy.person_export import export
from retention_site.lib import registry
from retention_site.lib.admin.pages import ReadingAdmin, link, show
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import count, shop_moment
from retention_site.lib.commands import json_line

CHANGE_PERIODS = "profiles.change_retentionperiod"


@admin.register(DataRequest)
class DataRequestAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = ("what", "asked", "asked_by_whom", "state_now", "n_erased")
    list_filter = ("kind",)
    list_select_related = ("asked_by",)
    ordering = ("-id",)
    page_template = "admin/profiles/datarequest/page.html"
    nothing = Nothing(
        "shield_person",
        _("Nobody has asked yet"),
        _(
            "Exports and erasures are begun on a customer's page, or by manage.py erase"
            " and export_person."
        ),
    )

    @display(description=_("what"), ordering="id")
    def what(self, request: DataRequest) -> SafeString:
        return format_html(
            '{}<span class="r-sub">#{}</span>', request.get_kind_display(), request.pk
        )

    @display(description=_("asked"), ordering="asked_at")
    def asked(self, request: DataRequest) -> str:
        return shop_moment(request.asked_at)

    @display(description=_("asked by"))
    def asked_by_whom(self, request: DataRequest) -> str:
        return str(request.asked_by or request.asked_through or gettext("by command"))

    @display(description=_("state"))
    def state_now(self, request: DataRequest) -> SafeString:
        return state_pill(request)

    @display(description=_("erased"))
    def n_erased(self, request: DataRequest) -> str:
        erased = [n for one in request.receipt for n in one.get("erased", {}).values()]
        return count(sum(erased)) if is_erasure(request) else ""

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        done = {one["store"]: one for one in obj.receipt}
        lines = [(store, _said(done.get(key)), key in done) for key, store in stores()]
        waits = not is_erasure(obj) and obj.finished_at is None
        person = (
            Customer.objects.filter(pk__in=obj.customers, merged_into=None).first()
            if waits
            else None
        )
        return {
            "state": state_pill(obj),
            "lines": lines,
            "job": _job(obj),
            "is_erasure": is_erasure(obj),
            "person": person,
        }


def export_person(request: HttpRequest, customer: int) -> HttpResponse:
    """Hand out all that is held about a person as a file; the request is noted."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = export(_living(customer).external_id, by=request.user)  # type: ignore[arg-type]
    said = json.dumps(json.loads(json_line(found)), ensure_ascii=False, indent=2)
    answer = HttpResponse(said, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="person-{customer}.json"'
    return answer


def erase_person(request: HttpRequest, customer: int) -> HttpResponse:
    """Ask back with all that will go and stay; with the customer's id typed in, erase
    for good.
    """
    person = _living(customer)
    typed = request.POST.get("customer_id", "")
    if request.method == "POST" and typed.strip() == person.external_id:
        return _erase(request, person)
    family = Customer.objects.filter(merged_into=person).order_by("pk")
    context = {
        "title": gettext("Erase for good"),
        "opts": Customer._meta,
        "original": person,
        "object": person,
        "trail_title": gettext("Erase for good"),
        "family": family,
        "stores": [store for _key, store in stores()],
        "is_wrong": request.method == "POST",
        "typed": typed,
    }
    return show(request, admin.site, "admin/profiles/customer/erase.html", context)


def periods(request: HttpRequest) -> HttpResponse:
    """For how long each kind of data is kept; changed here."""
    may_change = request.user.has_perm(CHANGE_PERIODS)
    wrong = _decide(request) if request.method == "POST" else {}
    if request.method == "POST" and not wrong:
        messages.success(
            request, gettext("Saved. What is past its period goes once a day.")
        )
        return redirect("privacy-periods")
    rows = [
        (one, wrong.get(one.key, str(one.days or "")), one.key in wrong)
        for one in retention.periods()
    ]
    context = {
        "title": gettext("Retention periods"),
        "rows": rows,
        "may_change": may_change,
        "most": retention.MOST_DAYS,
    }
    return show(request, admin.site, "admin/profiles/privacy/periods.html", context)


def is_erasure(request: DataRequest) -> bool:
    return request.kind == DataRequest.Kind.ERASURE


def state_pill(request: DataRequest) -> SafeString:
    """How far a request has come."""
    if request.finished_at is None and not is_erasure(request):
        return pill("due", gettext("to be handed out"))
    if request.finished_at is None:
        return pill("running", gettext("under way"))
    if not request.customers:
        return pill("done", gettext("nobody known here"))
    if is_erasure(request) and request.checked_at is None:
        return pill("done", gettext("erased; a second look follows"))
    return pill(
        "done",
        gettext("erased and checked") if is_erasure(request) else gettext("handed out"),
    )


def _erase(request: HttpRequest, person: Customer) -> HttpResponse:
    begun = erasure.begin(person.external_id, by=request.user)  # type: ignore[arg-type]
    job.start(begun, by=request.user)  # type: ignore[arg-type]
    messages.success(
        request,
        gettext("Erased: nothing of this person is shown, sent or taken in any more."),
    )
    return redirect(link(begun))


def _decide(request: HttpRequest) -> dict[str, str]:
    """Store what was typed; return by kind what is no number of days, and then store
    nothing.
    """
    if not request.user.has_perm(CHANGE_PERIODS):
        raise PermissionDenied
    said = {
        key: request.POST[key].strip()
        for key in registry.keys(retention.GROUP)
        if key in request.POST
    }
    wrong = {key: days for key, days in said.items() if days and not _is_period(days)}
    known = {one.key: one.days for one in retention.periods()}
    for key, days in said.items():
        if not wrong and known[key] != (int(days) if days else None):
            retention.decide(key, int(days) if days else None, by=request.user)  # type: ignore[arg-type]
    return wrong


def _is_period(days: str) -> bool:
    return (
        days.isascii()
        and days.isdecimal()
        and len(days) < 9
        and 1 <= int(days) <= retention.MOST_DAYS
    )


def _living(pk: int) -> Customer:
    found = Customer.objects.known().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _said(line: dict[str, Any] | None) -> list[tuple[str, int]]:
    """What of, and how many, was erased in a store or shown from it; tables by their
    names for people.
    """
    counted = (line.get("erased") or line.get("shown") or {}) if line else {}
    tables = {
        model._meta.model_name: model._meta.verbose_name for model in apps.get_models()
    }
    return [(str(tables.get(what) or gettext(what)), n) for what, n in counted.items()]


def _job(request: DataRequest) -> Job | None:
    return Job.objects.filter(key=f"erase:{request.pk}").first()
