"""API keys: who may call, since when, and closing one. The key itself was shown once, when it was made."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from profiles.models import ApiKey
from retention_site.lib.admin.pages import Nothing, ReadingAdmin, Verb
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.words import day, moment
from retention_site.lib.clock import real_now


@admin.register(ApiKey)
class ApiKeyAdmin(ReadingAdmin):
    list_display = ("who", "may", "state_now", "last_used", "created_by")
    list_filter = ("scope",)
    list_select_related = ("created_by",)
    ordering = ("-id",)
    nothing = Nothing(
        "key", _("No API key yet"), _("manage.py key create --scope write makes one and prints it, once.")
    )

    @display(description=_("who"), ordering="name")
    def who(self, key: ApiKey) -> SafeString:
        return format_html('{}<span class="r-sub r-mono">…{}</span>', key.name or "–", key.hint)

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
        return [Verb("revoke", gettext("Revoke"), "key_off", "danger", asks)]

    def do_revoke(self, request: HttpRequest, obj: ApiKey) -> str:
        obj.revoke(now=real_now())
        return gettext("The key opens nothing any more.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("who"), obj.name or "–"),
                (_("may"), obj.get_scope_display()),
                (_("ends with"), f"…{obj.hint}"),
                (_("state"), key_pill(obj)),
                (_("made"), moment(obj.created_at)),
                (_("valid until"), moment(obj.expires_at)),
                (_("revoked"), moment(obj.revoked_at)),
                (_("last used"), day(obj.last_used_on)),
            ]
        }


def key_pill(key: ApiKey) -> SafeString:
    """Whether a key opens now, by the real clock."""
    if key.revoked_at:
        return pill("stopped", gettext("revoked"))
    if key.expires_at and key.expires_at <= real_now():
        return pill("expired", gettext("expired"))
    return pill("active", gettext("valid"))
