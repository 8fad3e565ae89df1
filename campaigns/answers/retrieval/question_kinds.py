"""What kind of question it is: some are for a person, whatever the documents say.

Words are looked up in lists, never by patterns over a stranger's text.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from .words import CHINESE, ENGLISH, HAN, lexicon, normal

MAX_CHARACTERS = 1_000  # of a question; what stands behind is not read
APART = str.maketrans(dict.fromkeys('?!.,;:()[]{}<>"“”…/\\|*_=+~`@#%^&\t\r\n', " "))
NAME_LENGTHS = (2, 3)


class Kind(StrEnum):
    """What a question is, as far as its words tell."""

    HUMAN = "asks for a person"
    COMPLAINT = "complaint"
    LEGAL = "legal"
    HARM = "harm or fraud"
    OTHERS_ORDER = "another person's order"
    ELSEWHERE = "out of subject"
    OWN_ORDER = "own order"
    POLICY = "policy"


FOR_A_PERSON = (
    Kind.HARM,
    Kind.LEGAL,
    Kind.COMPLAINT,
    Kind.HUMAN,
    Kind.OTHERS_ORDER,
    Kind.ELSEWHERE,
)
_LISTS = {
    Kind.HARM: "harm",
    Kind.LEGAL: "legal",
    Kind.COMPLAINT: "complaint",
    Kind.HUMAN: "human",
}


def kind(question: str, language: str, known: str = "") -> Kind:
    """Say what kind a question is; `known` is what the documents say: words of theirs
    are nobody's name and no other subject.
    """
    read = question[:MAX_CHARACTERS]
    for found, name in _LISTS.items():
        if holds(read, language, name):
            return found
    is_others = _others_in_chinese if language == CHINESE else _others_in_english
    if is_others(read, known):
        return Kind.OTHERS_ORDER
    # "when will my order arrive if …" asks for the rule, not for an order
    if holds(read, language, "own_order") and not holds(read, language, "conditions"):
        return Kind.OWN_ORDER
    strange = held(read, language, "elsewhere")
    if any(not _is_known(phrase, language, known) for phrase in strange):
        return Kind.ELSEWHERE
    return Kind.POLICY


def vocabulary(texts: Iterable[str]) -> str:
    """Return what documents say as `kind` looks it up: words between single blanks."""
    return f" {' '.join(word for text in texts for word in _tokens(text))} "


def _is_known(phrase: str, language: str, known: str) -> bool:
    return (phrase if language == CHINESE else f" {phrase} ") in known


def holds(question: str, language: str, name: str) -> bool:
    """Say whether one of a list's words or phrases stands in the question."""
    return bool(held(question, language, name))


def held(question: str, language: str, name: str) -> list[str]:
    """Return the words and phrases of a list that stand in the question."""
    phrases = lexicon(language).get(name, frozenset())
    if language == CHINESE:
        text = normal(question).replace(" ", "")
        return [phrase for phrase in phrases if normal(phrase) in text]
    text = f" {' '.join(_tokens(question))} "
    return [phrase for phrase in phrases if f" {phrase} " in text]


def rests_on_a_premise(question: str, language: str) -> bool:
    return holds(question[:MAX_CHARACTERS], language, "premise")


def asks_twice(question: str, language: str) -> bool:
    """Say whether more than one thing is asked."""
    marks = question.count("?") + question.count("？")
    text = normal(question)
    return marks > 1 or (
        any(normal(phrase) in text for phrase in lexicon(CHINESE)["second"])
        if language == CHINESE
        else holds(question, language, "second")
    )


def _tokens(question: str) -> list[str]:
    return normal(question).translate(APART).split()


def _others_in_english(question: str, known: str) -> bool:
    tokens = _tokens(question)
    lists = lexicon(ENGLISH)
    if holds(question, ENGLISH, "others"):
        return True
    is_status = tokens[:1] and tokens[0] in lists["status_words"]
    if not is_status and not lists["order_words"].intersection(tokens):
        return False
    if "@" in question:
        return True
    bounded = ["", "", *tokens, "", ""]
    for at in range(2, len(tokens) + 2):
        bare = bounded[at].removesuffix("'s").removesuffix("'")
        if bare not in lists["relations"]:
            continue
        before, after = bounded[at - 1], bounded[at + 1]
        is_owner = bounded[at] != bare
        acts = after in lists["order_verbs"] or (
            after[:1].isdigit() and bare in ("customer", "client")
        )
        asked = bounded[at - 2] in ("did", "has", "of", "from") and before == "my"
        belongs = bounded[at - 2] == "to" and "belongs" in tokens
        if is_owner or acts or asked or belongs:
            return True
    return _names_somebody(question, known)


def _names_somebody(question: str, known: str) -> bool:
    """Find "Tom's order" and "what Anna Smith bought": capitals in the middle of a
    sentence that the documents don't hold.
    """
    words = question.replace("’", "'").split()
    named = [
        word.strip("?!.,;:\"'()").removesuffix("'s")
        for word in words[1:]
        if word[:1].isupper() and len(word) > 1
    ]
    foreign = [
        word
        for word in named
        if word.isalpha()
        and not word.isupper()
        and not _is_known(word.lower(), ENGLISH, known)
    ]
    owns = any("'s" in word and word[:1].isupper() for word in words[1:])
    return (owns and bool(foreign)) or len(foreign) >= 2


def _others_in_chinese(question: str, known: str) -> bool:
    text = normal(question).replace(" ", "")
    lists = lexicon(CHINESE)
    if any(phrase in text for phrase in lists["others"]):
        return True
    if not any(word in text for word in lists["order_words"]):
        return False
    for relation in lists["relations"]:
        at = text.find(relation)
        if at >= 0 and not any(
            text[:at].endswith(word) for word in lists["for_others"]
        ):
            return True
    return _names_a_chinese(text.removeprefix("请").removeprefix("告诉我"))


def _names_a_chinese(text: str) -> bool:
    """Find "张伟买了什么" and "李娜的快递": a family name, one or two characters, then
    what is theirs.
    """
    if text[:1] not in lexicon(CHINESE)["surnames"]:
        return False
    return any(
        text[length : length + 1] in ("的", "买", "订")
        and all(HAN.match(one) for one in text[:length])
        for length in NAME_LENGTHS
    )
