"""What a provider said to one message, in our own words."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What is known after one try. Only `NO_ANSWER` leaves open whether the message
    left.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"  # a numeric, permanent no
    DEFERRED = "deferred"  # a numeric, temporary no
    # it provably never left: no connection, or stopped before the point of no return
    UNSENT = "unsent"
    NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer with its evidence."""

    answer: Answer
    code: str = ""
    detail: str = ""
    provider_ref: str | None = None
    retry_after_seconds: float | None = None
    forgets_address: bool = False  # the address or device no longer exists


def accepted(code: str | int, detail: str = "", ref: str | None = None) -> Outcome:
    return Outcome(Answer.ACCEPTED, str(code), detail, ref)


def refused(code: str | int, detail: str, *, forgets_address: bool = False) -> Outcome:
    return Outcome(Answer.REFUSED, str(code), detail, forgets_address=forgets_address)


def deferred(
    code: str | int, detail: str, retry_after_seconds: float | None = None
) -> Outcome:
    return Outcome(
        Answer.DEFERRED, str(code), detail, retry_after_seconds=retry_after_seconds
    )


def unsent(detail: str, retry_after_seconds: float | None = None) -> Outcome:
    return Outcome(Answer.UNSENT, "", detail, retry_after_seconds=retry_after_seconds)


def no_answer(detail: str, code: str | int = "") -> Outcome:
    return Outcome(Answer.NO_ANSWER, str(code), detail)
