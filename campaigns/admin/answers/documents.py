"""Documents that answers cite: their versions and passages, used or not."""

from typing import Any

from django.contrib import admin
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.answers.document_versions import passages_of
from campaigns.models import Document
from retention_site.lib.admin.pages import Nothing, ReadingAdmin, Verb
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.words import moment

LANGUAGES = {"en": _("English"), "zh": _("Chinese")}
MOST_SHOWN = 200  # passages


@admin.register(Document)
class DocumentAdmin(ReadingAdmin):
    list_display = ("name", "language_of", "version", "use")
    search_fields = ("name",)
    ordering = ("name",)
    page_template = "admin/campaigns/document/page.html"
    called = _("Documents")
    nothing = Nothing(
        "article",
        _("No document yet"),
        _("Upload policies as Markdown or HTML; answers cite them word for word."),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        found = super().get_queryset(request)
        return found.annotate(newest=Max("versions__number"))

    @display(description=_("language"), ordering="language")
    def language_of(self, document: Document) -> str:
        return str(LANGUAGES.get(document.language, document.language))

    @display(description=_("version"), ordering="newest")
    def version(self, document: Any) -> int:
        return document.newest or 0

    @display(description=_("state"), ordering="is_used")
    def use(self, document: Document) -> SafeString:
        return _pill(document)

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        if obj.is_used:
            return [Verb("rest", gettext("Stop citing it"), "visibility_off")]
        return [Verb("cite", gettext("Cite it again"), "visibility", "main")]

    def do_rest(self, request: HttpRequest, obj: Any) -> str:
        obj.is_used = False
        obj.save()
        return gettext("No answer cites it from now on.")

    def do_cite(self, request: HttpRequest, obj: Any) -> str:
        obj.is_used = True
        obj.save()
        return gettext("Answers may cite it again.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        versions = list(obj.versions.order_by("-number"))
        found = passages_of(versions[0]) if versions else []
        return {
            "state": _pill(obj),
            "language": self.language_of(obj),
            "n_passages": len(found),
            "passages": found[:MOST_SHOWN],
            "versions": [
                {"number": one.number, "at": moment(one.at), "n": len(one.text)}
                for one in versions
            ],
        }


def _pill(document: Document) -> SafeString:
    if document.is_used:
        return pill("done", gettext("cited"))
    return pill("held", gettext("not cited"))
