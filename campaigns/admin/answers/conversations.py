"""Conversations: what customers asked, what left by itself, and what waits for a
person, who answers here.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from campaigns.answers import conversations
from campaigns.models import Conversation, Turn
from profiles.admin.rights import CUSTOMERS, EXPORT, PERSONAL
from retention_site.lib.admin.pages import Nothing, ReadingAdmin, Verb, person
from retention_site.lib.admin.tones import pill
from retention_site.lib.admin.words import NOTHING, moment

MOST_CHARACTERS = 5_000
TONES = {
    Conversation.State.OPEN: "done",
    Conversation.State.HANDED_OVER: "waiting",
    Conversation.State.CLOSED: "held",
}
WHY = {
    "asks for a person": _("asks for a person"),
    "complaint": _("complaint"),
    "legal": _("legal"),
    "harm or fraud": _("harm or fraud"),
    "another person's order": _("another person's order"),
    "out of subject": _("out of subject"),
    "no passage fits": _("no passage fits"),
    "no documents": _("no documents"),
    "nothing is asked": _("nothing is asked"),
    "no such order of the asker's": _("no such order of the asker's"),
    "no order of the asker's": _("no order of the asker's"),
    "who asks is not known": _("who asks is not known"),
    "no answer in time": _("no answer in time"),
    "it could not be worked out": _("it could not be worked out"),
    "a person has it": _("a person has it"),
}


@admin.register(Conversation)
class ConversationAdmin(ReadingAdmin):
    needs = (CUSTOMERS, PERSONAL)
    export_right = EXPORT
    list_display = ("asked", "state_of", "because", "who", "began")
    list_filter = ("state",)
    ordering = ("-id",)
    page_template = "admin/campaigns/conversation/page.html"
    called = _("Questions")
    nothing = Nothing(
        "forum",
        _("No question yet"),
        _("What customers ask stands here; what waits for a person is marked."),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        first = Turn.objects.filter(conversation=OuterRef("pk")).order_by("pk")
        return (
            super()
            .get_queryset(request)
            .select_related("customer")
            .annotate(first=Subquery(first.values("question")[:1]))
        )

    @display(description=_("question"))
    def asked(self, conversation: Any) -> SafeString:
        words = (conversation.first or "")[:120] or NOTHING
        return format_html('<span class="r-cut">{}</span>', words)

    @display(description=_("state"), ordering="state")
    def state_of(self, conversation: Conversation) -> SafeString:
        return _pill(conversation)

    @display(description=_("why"))
    def because(self, conversation: Conversation) -> str:
        return _why(conversation.why)

    @display(description=_("customer"))
    def who(self, conversation: Conversation) -> str:
        return str(conversation.customer or NOTHING)

    @display(description=_("began"), ordering="began_at")
    def began(self, conversation: Conversation) -> str:
        return moment(conversation.began_at)

    def refusals(self) -> tuple[type[Exception], ...]:
        return (*super().refusals(), ValidationError)

    def verbs(self, request: HttpRequest, obj: Any) -> list[Verb]:
        verbs = [Verb("say", gettext("Reply"), "send", "main", has_form=True)]
        if obj.state == Conversation.State.OPEN:
            verbs.append(Verb("take", gettext("Take over"), "back_hand"))
        if obj.state == Conversation.State.HANDED_OVER:
            verbs.append(Verb("close", gettext("Close conversation"), "done"))
        return verbs

    def do_say(self, request: HttpRequest, obj: Any) -> str:
        words = request.POST.get("words", "").strip()
        if not words or len(words) > MOST_CHARACTERS or "\0" in words:
            raise ValidationError(gettext("Write a reply of up to 5,000 characters."))
        conversations.say(obj, words, person(request).get_username())
        return gettext("Your reply stands in the conversation.")

    def do_take(self, request: HttpRequest, obj: Any) -> str:
        conversations.take_over(obj)
        return gettext("From here on no answer leaves by itself.")

    def do_close(self, request: HttpRequest, obj: Any) -> str:
        conversations.close(obj)
        return gettext("The conversation is closed.")

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        turns = list(obj.turns.order_by("pk"))
        return {
            "state": _pill(obj),
            "why": _why(obj.why),
            "customer": obj.customer,
            "turns": [_turn(turn) for turn in turns],
            "may_reply": self.may_act(request),
        }


def _turn(turn: Turn) -> dict[str, Any]:
    reply = turn.reply or {}
    return {
        "question": turn.question,
        "answer": turn.answer,
        "by": turn.by,
        "state": turn.get_state_display(),
        "at": moment(turn.asked_at),
        "passages": reply.get("passages", []) if turn.left_at else [],
        "why": _why(reply.get("why", "")),
    }


def _why(words: str) -> str:
    return str(WHY.get(words, words)) or NOTHING


def _pill(conversation: Conversation) -> SafeString:
    tone = TONES[Conversation.State(conversation.state)]
    return pill(tone, conversation.get_state_display())
