"""Admin classes for what people look at: a list, a page, and verbs instead of forms."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from retention_site.lib import acts, written
from retention_site.lib.admin.counting import EstimatedPaginator
from retention_site.lib.admin.list_export import as_file
from retention_site.lib.admin.missing import SHOWN_OF_KEY, FoundOrMissing
from retention_site.lib.admin.verbs import Nothing, Verb, Words
from retention_site.lib.states import InvalidTransition

QUIET_FIELDS = {"csrfmiddlewaretoken", "once", "next"}


class ReadingAdmin(FoundOrMissing):
    """A model that is read here and changed by the core: no add, no form, no delete."""

    page_template: ClassVar[str] = "admin/facts.html"
    nothing: ClassVar[Nothing] = Nothing()
    # rights to see what else the page shows, a customer say
    needs: ClassVar[tuple[str, ...]] = ()
    # the right to take the list away as a file, where seeing it is not enough
    export_right: ClassVar[str] = ""
    # what the sidebar calls the list, where that is not the model's name
    called: ClassVar[Words] = ""
    paginator = EstimatedPaginator
    show_full_result_count = False
    list_fullwidth = True
    list_per_page = 50
    actions = None

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what the page's template needs besides ``object``."""
        return {}

    def template_of(self, obj: Any) -> str:
        """Return the page's template; most models have one for all."""
        return self.page_template

    def refusals(self) -> tuple[type[Exception], ...]:
        """Return the errors of verbs that are sentences for people."""
        return (InvalidTransition,)

    def verbs(self, request: HttpRequest, obj: Any) -> Sequence[Verb]:
        """Return what one may do with ``obj`` now."""
        return ()

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    def has_view_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perms(
            self.needs
        )

    def may_act(self, request: HttpRequest) -> bool:
        """Say whether this person may use the verbs."""
        return request.user.has_perm(
            f"{self.opts.app_label}.change_{self.opts.model_name}"
        )

    def may_do(self, request: HttpRequest, verb: Verb) -> bool:
        """Say whether this person may use one verb."""
        if verb.right:
            return request.user.has_perm(verb.right)
        return self.may_act(request)

    def stale(self, request: HttpRequest, obj: Any, verb: Verb) -> str:
        """Say that a button was pressed on a page that no longer shows how things
        stand.
        """
        return _(
            "Nothing was done: what you saw has changed since. Look again, then decide."
        )

    def get_urls(self) -> list[URLPattern]:
        act = path(
            "<path:object_id>/do/<slug:key>/",
            self.admin_site.admin_view(require_POST(self.act_view)),
            name=f"{self.opts.app_label}_{self.opts.model_name}_do",
        )
        export = path(
            "export/",
            self.admin_site.admin_view(self.export),
            name=f"{self.opts.app_label}_{self.opts.model_name}_export",
        )
        return [act, export, *super().get_urls()]

    def may_export(self, request: HttpRequest) -> bool:
        """Say whether this person may take the list away."""
        may_see = self.has_view_permission(request)
        return may_see and (
            not self.export_right or request.user.has_perm(self.export_right)
        )

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with what the list shows, as a file; that is an act, too."""
        if not self.may_export(request):
            raise PermissionDenied
        answer = as_file(request, self)
        filtered = {"filter": request.GET.urlencode()[:SHOWN_OF_KEY]}
        verb = f"{self.opts.model_name}.export"
        acts.tell(
            acts.Act(verb, request.user, after=filtered, address=address_of(request))
        )
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request,
            {
                "called": self.called,
                "may_export": self.may_export(request),
                **(extra_context or {}),
            },
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page of one thing."""
        obj = self._found(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            "title": str(obj),
            "opts": self.opts,
            "called": self.called,
            "original": obj,
            "object": obj,
            "verbs": [
                verb for verb in self.verbs(request, obj) if self.may_do(request, verb)
            ],
            "act_url": self._url("do", obj.pk, "_").removesuffix("_/"),
            # a button pressed twice on the same page asks for the same thing
            "once": secrets.token_hex(8),
        }
        shown = context | self.page(request, obj) | (extra_context or {})
        return show(request, self.admin_site, self.template_of(obj), shown)

    def act_view(self, request: HttpRequest, object_id: str, key: str) -> HttpResponse:
        """Do one verb, say what came of it, and go back to the page."""
        obj = self._found(request, object_id)
        if obj is None:
            raise Http404
        verbs = {verb.key: verb for verb in self.verbs(request, obj)}
        allowed = (
            self.may_do(request, verbs[key]) if key in verbs else self.may_act(request)
        )
        if not allowed:
            raise PermissionDenied
        possible = {key: verb for key, verb in verbs.items() if not verb.why_not}
        if key not in possible:
            messages.warning(
                request,
                _(
                    "That is not possible any more; the page shows how things stand"
                    " now."
                ),
            )
            return redirect(self._url("change", obj.pk))
        if possible[key].about != request.POST.get("about", ""):
            messages.warning(request, self.stale(request, obj, possible[key]))
            return redirect(self._url("change", obj.pk))
        return self._do(request, obj, key) or redirect(self._url("change", obj.pk))

    def _do(self, request: HttpRequest, obj: Model, key: str) -> HttpResponse | None:
        """Do a verb; it answers with a sentence for the page, or with a page of its
        own.
        """
        before = acts.facts_of(obj)
        try:
            answer = getattr(self, f"do_{key}")(request, obj)
        except self.refusals() as refusal:
            messages.error(request, str(refusal))
            return None
        self._tell(request, obj, key, before)
        if isinstance(answer, HttpResponse):
            return answer
        messages.success(request, answer)
        return None

    def _tell(
        self, request: HttpRequest, obj: Model, key: str, before: dict[str, Any]
    ) -> None:
        """Let the audit trail know what was done to what, and what changed by it."""
        now = type(obj)._base_manager.filter(pk=obj.pk).first()
        was, after = acts.changed(before, acts.facts_of(now))
        if about := request.POST.get("about"):
            after["about"] = about
        verb = f"{self.opts.model_name}.{key}"
        acts.tell(
            acts.Act(verb, request.user, obj, was, after, address=address_of(request))
        )

    def _found(self, request: HttpRequest, object_id: str) -> Model | None:
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and not self.has_view_permission(request, obj):
            raise PermissionDenied
        return obj

    def _url(self, name: str, *args: Any) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args
        )


def show(
    request: HttpRequest, site: AdminSite, template: str, context: dict[str, Any]
) -> TemplateResponse:
    """Render a page inside the admin's frame."""
    request.current_app = site.name
    return TemplateResponse(
        request, template, {**site.each_context(request), **context}
    )


def staff_page(
    site: AdminSite,
    view: Callable[..., HttpResponseBase],
    *permissions: str,
    is_trial: bool = False,
) -> Callable[..., Any]:
    """Wrap a view that belongs to no model: signed-in staff with all ``permissions``
    only.

    What is posted to it is told to the audit trail, but for a trial, and for what
    changed nothing: a refused form, the same settings again.
    """

    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perms(permissions):
            raise PermissionDenied
        with written.counted() as rows:
            answer = view(request, **kwargs)
        if request.method == "POST" and answer.status_code < 400 and not is_trial:
            _tell_of_page(request, kwargs, has_changed=rows.n > 0)
        return answer

    return site.admin_view(partial(guarded))


def note_act(
    request: HttpRequest,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Say what a posted page changed: `staff_page` tells it to the audit trail."""
    vars(request)["act_facts"] = {"before": before or {}, "after": after or {}}


def address_of(request: HttpRequest) -> str:
    """Return where a request comes from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _tell_of_page(
    request: HttpRequest, kwargs: dict[str, Any], *, has_changed: bool
) -> None:
    """Say which page was posted to, and which fields were filled: never what secrets
    they hold.
    """
    if request.POST.get("verb") == "look":
        return
    name = request.resolver_match.url_name if request.resolver_match else request.path
    facts: dict[str, Any] = vars(request).get("act_facts", {})
    if not has_changed and not any(facts.values()):
        return
    filled = sorted(
        key for key, value in request.POST.items() if value and key not in QUIET_FIELDS
    )
    target = " ".join(str(one) for one in kwargs.values())
    after = {"fields": filled, **facts.get("after", {})}
    acts.tell(
        acts.Act(
            str(name),
            request.user,
            target,
            facts.get("before", {}),
            after,
            address=address_of(request),
        )
    )


def person(request: HttpRequest) -> Any:
    """Return who is signed in: pages of the admin have no other visitors."""
    return request.user


def link(obj: Model) -> str:
    """Return the address of a thing's admin page."""
    return reverse(
        f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]
    )
