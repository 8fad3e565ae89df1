"""Test messages: who may get them besides staff, and every one that was sent."""

from typing import Any

from django.contrib import admin
from django.db.models import TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns.models import SeedAddress, TrialSend
from retention_site.lib.admin.pages import ReadingAdmin
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import moment, plain

IN_ONE_LINE = {TextField: {"widget": UnfoldAdminTextInputWidget}}


@admin.register(SeedAddress)
class SeedAddressAdmin(ModelAdmin):
    formfield_overrides = IN_ONE_LINE
    list_display = ("channel", "address", "note")
    ordering = ("channel", "address")
    nothing = Nothing(
        "science",
        _("No test recipient yet"),
        _(
            "Staff get test mails at their own addresses; add a phone or a mail tool here."
        ),
    )


@admin.register(TrialSend)
class TrialSendAdmin(ReadingAdmin):
    list_display = ("at_moment", "by", "channel", "about", "provider", "answer")
    list_select_related = ("by", "about")
    ordering = ("-id",)
    nothing = Nothing(
        "science",
        _("No test message yet"),
        _("Each test that somebody sends from a preview or a channel stands here."),
    )

    @display(description=_("sent"), ordering="at")
    def at_moment(self, trial: TrialSend) -> str:
        return moment(trial.at)

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("sent"), moment(obj.at)),
                (_("by"), plain(obj.by)),
                (_("channel"), obj.channel),
                (_("as"), plain(obj.about)),
                (_("provider"), plain(obj.provider)),
                (_("answer"), plain(obj.answer)),
            ]
        }
