"""Answer a customer's question: cited, offered with a question mark, or by a person."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AliasChoices, Field

from campaigns.answers import conversations
from campaigns.models import Conversation, Turn
from profiles.api.customers import find
from profiles.api.keys import Scope, bearer
from profiles.api.problems import Refusal
from profiles.api.requests import path_text

router = Router(tags=["Answers"])
MOST_CHARACTERS = 20_000
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class QuestionIn(Schema):
    question: str = Field(
        min_length=1, max_length=MOST_CHARACTERS, pattern=r"^[^\x00]*$"
    )
    customer_id: Word | None = Field(
        None,
        validation_alias=AliasChoices("customer_id", "customer"),
        description="Who asks: only her own orders are told of.",
    )
    language: Word = Field("", description="en or zh-hans; else by the words.")
    conversation: Word | None = Field(
        None, description="As the first answer named it, to go on with it."
    )


class PassageOut(Schema):
    document: str
    start: int
    end: int
    text: str


class AnswerOut(Schema):
    conversation: str
    state: str = Field(description="answered, offered or handed_over")
    answer: str | None
    passages: list[PassageOut]
    why: str
    score: float
    threshold: float | None
    version: str | None


class TurnOut(Schema):
    question: str
    state: str
    answer: str
    by: str
    asked_at: datetime
    left_at: datetime | None


class ConversationOut(Schema):
    conversation: str
    state: str
    turns: list[TurnOut]


@router.post(
    "/answers",
    auth=bearer(Scope.SEND),
    summary="Answer a customer's question, or hand it over",
    response=AnswerOut,
)
def answer(request: HttpRequest, body: QuestionIn) -> dict[str, Any]:
    customer = find(body.customer_id) if body.customer_id else None
    try:
        turn = conversations.ask(
            body.question, body.language, customer, body.conversation
        )
    except conversations.TooMany:
        raise Refusal(
            429, "Too many questions within a minute.", headers={"Retry-After": "60"}
        ) from None
    except Conversation.DoesNotExist:
        raise Refusal(404, "There is no such conversation of this customer.") from None
    conversations.await_reply(turn)
    return _said(conversations.let_leave(turn))


@router.get(
    "/answers/{conversation}",
    auth=bearer(Scope.SEND),
    summary="What was said in a conversation, a person's words too",
    response=ConversationOut,
)
def transcript(request: HttpRequest, conversation: str) -> dict[str, Any]:
    found = Conversation.objects.filter(key=path_text(conversation)).first()
    if found is None:
        raise Refusal(404, "There is no such conversation.")
    turns = found.turns.order_by("pk")
    return {
        "conversation": found.key,
        "state": found.state,
        "turns": list(
            turns.values("question", "state", "answer", "by", "asked_at", "left_at")
        ),
    }


def _said(turn: Turn) -> dict[str, Any]:
    """Tell what left; what was kept back is a person's."""
    told: dict[str, Any] = {
        "answer": None,
        "passages": [],
        "score": 0.0,
        "threshold": None,
    }
    if turn.state == Turn.State.WITHHELD:
        told |= {"state": "handed_over", "why": conversations.TAKEN, "version": None}
    else:
        told |= {"version": None} | (turn.reply or {})
    return {"conversation": turn.conversation.key, **told}
