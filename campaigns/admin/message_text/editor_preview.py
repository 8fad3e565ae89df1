"""What the editor shows beside its forms: the letter itself, what is said around it, and
what the checks found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.admin.message_text.editor import told
from campaigns.admin.message_text.message_preview import shown
from campaigns.content.message_parts import PARTS
from campaigns.delivery.test_sends import send_test
from campaigns.lifecycle.preview import content_of_template, customer_named, look
from campaigns.rendering.compose import NOWHERE
from campaigns.rendering.design import expand
from campaigns.rendering.design.reading import read
from campaigns.rendering.design.schema import Design
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.message_checks.checked import Checked, Finding, findings
from profiles.admin.rights import CUSTOMERS, PERSONAL
from profiles.customer_search import search
from profiles.models import Customer
from retention_site.lib import registry
from retention_site.lib.admin.letters import letter
from retention_site.lib.admin.masking import masked
from retention_site.lib.admin.pages import person

MOST_FOUND = 8
DARK_ONLY = "@media (prefers-color-scheme: dark)"
TOUCHED = """<style>
[class*="b-"]{cursor:pointer}
[class*="b-"]:hover{outline:1px dashed #14b8a6;outline-offset:-1px}
.ed-on{outline:2px solid #0d9488 !important;outline-offset:-2px}
</style>"""


@dataclass(frozen=True)
class Written:
    """The document of a request, for one customer in one language."""

    channel: str
    design: Design
    language: str
    customer: Customer | None
    may_read: bool  # who the customer is

    @classmethod
    def of(cls, request: HttpRequest) -> Written:
        """Read a request; raise `WordsError`."""
        channel = request.POST.get("channel", "")
        if channel not in PARTS:
            raise Http404
        asked = request.POST.get("customer", "")[:200]
        may_read = request.user.has_perm(PERSONAL)
        is_stranger = asked == "-" or not request.user.has_perm(CUSTOMERS)
        if "@" in asked and not may_read:
            is_stranger = True  # else an address could be guessed
        return cls(
            channel,
            read(told(request)),
            request.POST.get("language", "")[:20],
            None if is_stranger else customer_named(asked),
            may_read,
        )

    def looked(self, *, is_marked: bool = False) -> Any:
        """Fill the words for the customer; raise `WordsError`."""
        parts = expand.one(self.design, self.channel, is_marked=is_marked)
        content = content_of_template(
            self.channel, _with_something(self.channel, parts)
        )
        return look(
            content,
            "",
            self.channel,
            self.customer,
            self.language,
            hides_names=not self.may_read,
        )


def _with_something(channel: str, parts: dict[str, str]) -> dict[str, str]:
    """Let a message be looked at before each of its parts is written."""
    needed = [
        part.key for part in PARTS[channel] if part.is_required and not part.is_html
    ]
    missing = {key: "–" for key in needed if not parts.get(key, "").strip()}
    if channel == "email" and not parts.get("mjml"):
        missing["html"] = "<p></p>"
    return {**parts, **missing}


@require_POST
def letter_page(request: HttpRequest) -> HttpResponse:
    """Answer with the letter itself, for the frame in the middle."""
    try:
        looked = Written.of(request).looked(is_marked=True)
    except WordsError as error:
        return letter(_sorry(str(error)), is_touched=True)
    if looked.said is None:
        return letter(_sorry(looked.problem), is_touched=True)
    html = looked.said.html
    # as it looks there, whatever the writer's own screen prefers
    is_dark = request.POST.get("look") == "dark"
    html = html.replace(DARK_ONLY, "@media all" if is_dark else "@media not all")
    return letter(TOUCHED + html, is_touched=True)


def _sorry(problem: str) -> str:
    return format_html(
        '<p style="font:15px sans-serif;color:#7f1d1d;padding:24px">{}</p>', problem
    )


@require_POST
def panel(request: HttpRequest) -> HttpResponse:
    """Answer with what is said around the letter, and what the checks found."""
    facts: dict[str, Any] = {"may_name": request.user.has_perm(CUSTOMERS)}
    try:
        written = Written.of(request)
        looked = written.looked()
    except WordsError as error:
        return render(
            request,
            "admin/campaigns/message_editor/panel.html",
            {**facts, "problem": str(error)},
        )
    said = looked.said
    facts |= {
        "looked": looked,
        "problem": looked.problem,
        "shown": shown(written.channel, said) if said else None,
        "findings": _findings(written, looked) if said else [],
        "is_letter": written.channel == "email",
    }
    return render(request, "admin/campaigns/message_editor/panel.html", facts)


def _findings(written: Written, looked: Any) -> list[Finding]:
    return findings(
        Checked(
            written.channel,
            looked.said,
            written.design,
            {**NOWHERE, **looked.context},
            looked.language,
        )
    )


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Send what is shown to a test recipient."""
    try:
        written = Written.of(request)
        looked = written.looked()
    except WordsError as error:
        return JsonResponse({"problem": str(error)}, status=422)
    if looked.said is None:
        return JsonResponse({"problem": looked.problem}, status=422)
    tried = send_test(
        registry.load("channels", written.channel)(),
        request.POST.get("to", ""),
        looked.said,
        by=person(request),
        about=written.customer,
    )
    if not tried.is_taken:
        return JsonResponse({"problem": tried.sentence}, status=422)
    return JsonResponse({"sentence": tried.sentence})


def people(request: HttpRequest) -> HttpResponse:
    """Answer with customers whom a search finds, as far as the asker may know them."""
    asked = request.GET.get("q", "").strip()[:100]
    may_read = request.user.has_perm(PERSONAL)
    known = Customer.objects.known()
    found = (
        search(known, asked)
        if may_read
        else known.filter(external_id__startswith=asked)
    )[:MOST_FOUND]
    rows = [
        {
            "id": one.external_id,
            "name": one.full_name if may_read else masked(one.full_name),
            "email": one.email if may_read else masked(one.email),
        }
        for one in found
    ]
    return JsonResponse({"people": rows, "nobody": _("Nobody is found.")})
