"""The shop's own openings: listed, written, archived; each is checked when it is saved."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.copy.approval.voice import of_the_shop
from campaigns.copy.bank.openings import PLACEHOLDERS, verdict
from campaigns.copy.fact_check.draft import BLOT
from campaigns.copy.typed_facts import KINDS
from campaigns.models import CopyLine
from retention_site.lib.admin.pages import Nothing


class CopyLineForm(forms.ModelForm):
    """A line as one form."""

    class Meta:
        model = CopyLine
        fields = ("text", "language", "goal", "tone", "channel", "is_archived")
        widgets = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 3})}
        help_texts = {
            "text": gettext_lazy(
                "One sentence or two, without a number, a date, a name or a promise."
                " {{ customer.first_name }} and {{ shop.name }} may stand in it."
            ),
            "is_archived": gettext_lazy("Kept, and offered no more."),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse a line that claims anything, and name the words."""
        given = super().clean() or {}
        text, language = str(given.get("text", "")), str(given.get("language", ""))
        if not text or not language:
            return given
        bare = text
        for placeholder in PLACEHOLDERS:
            bare = bare.replace(placeholder, BLOT * len(placeholder))
        for one in verdict(text, language, of_the_shop().banned).problems:
            self.add_error("text", _refusal(one.kind, one.said))
        if "{{" in bare or "{%" in bare:
            self.add_error(
                "text",
                _("Only these may be filled in: %(all)s.")
                % {"all": ", ".join(PLACEHOLDERS)},
            )
        return given


def _refusal(kind: str, said: str) -> str:
    word = KINDS.get(kind)
    if kind == "language":
        return _("“%(said)s” is not in the line's language.") % {"said": said}
    if word is None:
        return _("The line is too long.")
    return _("“%(said)s” (%(kind)s) needs a fact, and a line has none.") % {
        "said": said,
        "kind": word,
    }


@admin.register(CopyLine)
class CopyLineAdmin(ModelAdmin):
    form = CopyLineForm
    list_display = ("text", "language", "goal", "tone", "channel_words", "is_archived")
    list_filter = ("language", "goal", "tone", "channel", "is_archived")
    search_fields = ("text",)
    ordering = ("is_archived", "language", "goal", "tone", "pk")
    actions = ("archive", "restore")
    nothing = Nothing(
        "edit_note",
        gettext_lazy("No line of your own yet"),
        gettext_lazy(
            "The message editor offers 210 openings a language that come with it; yours"
            " are offered first."
        ),
    )

    @display(description=gettext_lazy("channel"), ordering="channel")
    def channel_words(self, line: CopyLine) -> str:
        return line.get_channel_display()

    def has_delete_permission(self, *_asked: Any) -> bool:
        return False  # an archived line stays with the messages that it was picked for

    def save_model(
        self, request: HttpRequest, obj: CopyLine, form: Any, change: bool
    ) -> None:
        if not change:
            obj.written_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    @admin.action(description=gettext_lazy("Archive"), permissions=["change"])
    def archive(self, request: HttpRequest, lines: QuerySet[CopyLine]) -> None:
        self._told(request, lines.update(is_archived=True))

    @admin.action(description=gettext_lazy("Offer again"), permissions=["change"])
    def restore(self, request: HttpRequest, lines: QuerySet[CopyLine]) -> None:
        self._told(request, lines.update(is_archived=False))

    def _told(self, request: HttpRequest, n: int) -> None:
        messages.success(
            request,
            ngettext("%(n)d line changed.", "%(n)d lines changed.", n) % {"n": n},
        )
