"""API keys: who may call, since when, and closing one. The key itself was shown once,
when it was made.
"""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.models import ApiKey
from retention_site.lib.admin.pages import ReadingAdmin, link, person, show
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import day, moment
from retention_site.lib.clock import real_now

from .secret import shown_once

ADD = "profiles.add_apikey"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadingAdmin):
    list_display = ("who", "may", "state_now", "last_used", "created_by")
    list_filter = ("scope",)
    list_select_related = ("created_by",)
    ordering = ("-id",)
    list_before_template = "admin/profiles/apikey/new_button.html"
    page_template = "admin/profiles/apikey/page.html"
    nothing = Nothing(
        "key",
        _("No API key yet"),
        _(
            "A key opens the API to a shop, a till or a program. It is shown once, when"
            " made."
        ),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_add = {"may_add": request.user.has_perm(ADD)}
        return super().changelist_view(request, {**may_add, **(extra_context or {})})

    @display(description=_("who"), ordering="name")
    def who(self, key: ApiKey) -> SafeString:
        return format_html(
            '{}<span class="r-sub r-mono">…{}</span>', key.name or "–", key.hint
        )

    @display(description=_("may"), ordering="scope")
    def may(self, key: ApiKey) -> str:
        return key.get_scope_display()

    @display(description=_("state"))
    def state_now(self, key: ApiKey) -> SafeString:
        return key_pill(key)

    @display(description=_("last used"), ordering="last_used_on")
    def last_used(self, key: ApiKey) -> str:
        return day(key.last_used_on)

    def verbs(self, request: HttpRequest, obj: ApiKey) -> list[Verb]:
        if obj.revoked_at:
            return []
        asks = gettext("Close this key at once and for good?")
        revoke = Verb("revoke", gettext("Revoke"), "key_off", "danger", asks)
        if not is_open(obj):
            return [revoke]
        asks = gettext(
            "Make a key that takes its place? This one opens for one more day."
        )
        return [Verb("rotate", gettext("Rotate"), "autorenew", "", asks), revoke]

    def do_rotate(self, request: HttpRequest, obj: ApiKey) -> HttpResponse:
        successor, secret = obj.rotate(now=real_now())
        return shown_once(
            request,
            str(successor),
            secret,
            gettext("The key before it opens for one more day."),
            link(successor),
        )

    def do_revoke(self, request: HttpRequest, obj: ApiKey) -> str:
        obj.revoke(now=real_now())
        return gettext("The key opens nothing any more.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "state": key_pill(obj),
            "base": settings.BASE_URL,
            "facts": [
                (_("who"), obj.name or "–"),
                (_("may"), obj.get_scope_display()),
                (_("ends with"), f"…{obj.hint}"),
                (_("made"), moment(obj.created_at)),
                (_("made by"), obj.created_by or "–"),
                (_("valid until"), moment(obj.expires_at)),
                (_("revoked"), moment(obj.revoked_at)),
                (_("last used"), day(obj.last_used_on)),
            ],
        }


def new(request: HttpRequest) -> HttpResponse:
    """Ask who gets a key and what for; the key is on the answer, once."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    scope, name = request.POST.get("scope", ""), request.POST.get("name", "").strip()
    if request.method == "POST" and scope in ApiKey.Scope.values and name:
        made, secret = ApiKey.make(scope, name=name, by=person(request))
        return shown_once(
            request, str(made), secret, gettext("Only its digest is kept."), link(made)
        )
    return show(
        request,
        admin.site,
        "admin/profiles/apikey/new.html",
        {
            "title": gettext("New API key"),
            "scopes": scopes(),
            "scope": scope,
            "name": name,
            "is_wrong": request.method == "POST",
            "crumbs": [
                (gettext("API keys"), reverse("admin:profiles_apikey_changelist"))
            ],
        },
    )


def scopes() -> list[tuple[str, str, str]]:
    """Return each scope with its word and what it opens."""
    said = [(key, *str(words).partition(":")) for key, words in ApiKey.Scope.choices]
    return [(key, word, words.strip()) for key, word, _colon, words in said]


def is_open(key: ApiKey) -> bool:
    """Whether a key opens now, by the real clock, and has no successor."""
    return key.revoked_at is None and key.expires_at is None


def key_pill(key: ApiKey) -> SafeString:
    """Whether a key opens now, by the real clock."""
    if key.revoked_at:
        return pill("stopped", gettext("revoked"))
    if key.expires_at and key.expires_at <= real_now():
        return pill("expired", gettext("expired"))
    if key.expires_at:
        return pill(
            "waiting",
            gettext("valid until %(moment)s") % {"moment": moment(key.expires_at)},
        )
    return pill("active", gettext("valid"))
