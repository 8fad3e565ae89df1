"""Answers: what customers wrote back, what was done at once, and what waits for a
person.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.models import Answer
from profiles.admin.rights import CUSTOMERS, EXPORT
from retention_site.lib.admin.pages import ReadingAdmin, person
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.verbs import Nothing, Verb
from retention_site.lib.admin.words import moment

DONE = {
    "stop": _("stopped the channel"),
    "start": _("opened the channel again"),
    "help": _("was told how to stop"),
}


class IsWaiting(admin.SimpleListFilter):
    """Whether a person has yet to read it."""

    title = _("for a person")
    parameter_name = "waiting"

    def lookups(
        self, _request: HttpRequest, _model_admin: Any
    ) -> list[tuple[str, Any]]:
        return [("1", _("waits for a person"))]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        return queryset.waiting() if self.value() == "1" else queryset


@admin.register(Answer)
class AnswerAdmin(ReadingAdmin):
    needs = (CUSTOMERS,)
    export_right = EXPORT
    list_display = (
        "sender",
        "words",
        "what_came",
        "campaign_name",
        "channel_name",
        "came",
    )
    list_filter = (IsWaiting,)
    search_fields = (
        "message__customer__external_id__exact",
        "message__customer__email__exact",
    )
    search_help_text = _("Customer id or address, in full.")
    ordering = ("-id",)
    nothing = Nothing(
        "reply",
        _("No answer yet"),
        _(
            "STOP, START and HELP are done at once, in many languages; all other words"
            " wait here for a person."
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        return (
            super()
            .get_queryset(request)
            .select_related("message__customer", "message__campaign")
        )

    @display(description=_("customer"))
    def sender(self, answer: Answer) -> str:
        return str(answer.message.customer)

    @display(description=_("words"))
    def words(self, answer: Answer) -> SafeString:
        return format_html('<span class="r-cut">{}</span>', answer.text[:120] or "–")

    @display(description=_("what came of it"))
    def what_came(self, answer: Answer) -> SafeString:
        return _state(answer)

    @display(description=_("campaign"))
    def campaign_name(self, answer: Answer) -> str:
        return str(answer.message.campaign)

    @display(description=_("channel"))
    def channel_name(self, answer: Answer) -> str:
        return answer.message.channel

    @display(description=_("came"), ordering="at")
    def came(self, answer: Answer) -> str:
        return moment(answer.at)

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        return (
            [Verb("read", gettext("I have read it"), "done", "main")]
            if obj.is_waiting
            else []
        )

    def do_read(self, request: HttpRequest, obj: Any) -> str:
        obj.read(person(request).get_username())
        return gettext("Noted: nobody else needs to look at it.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("customer"), obj.message.customer),
                (_("words"), format_html('<span class="r-pre">{}</span>', obj.text)),
                (_("what came of it"), _state(obj)),
                (_("campaign"), obj.message.campaign),
                (_("channel"), obj.message.channel),
                (_("came"), moment(obj.at)),
            ]
        }


def _state(answer: Answer) -> SafeString:
    if answer.is_waiting:
        return pill("waiting", gettext("waits for a person"))
    if answer.meant in DONE:
        return pill("done", str(DONE[answer.meant]))
    return pill(
        "held",
        gettext("read by %(who)s") % {"who": answer.read_by} if answer.read_by else "–",
    )
