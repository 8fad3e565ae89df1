"""Answer a question from documents: sure, offered with a question mark, or handed over.

Every word of an answer stands in the passage that it cites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recommender.encoders.scripts import has_letters

from .documents import language_of, short
from .evidence import evidence
from .index import Index
from .question_kinds import FOR_A_PERSON, MAX_CHARACTERS, Kind, kind
from .readers import is_whole
from .replies import Reply, State
from .sureness import NEVER, Sureness, sureness

OFFERED = 3  # passages at most


SURE = "one passage answers it"
UNSURE = "not sure enough"
NO_PASSAGE = "no passage fits"
NO_DOCUMENTS = "no documents"
NOTHING_ASKED = "nothing is asked"
OTHER_LANGUAGE = "no documents in this language"
TOO_LONG = "too long to be sure"


class Answerer:
    """Answers from the passages of each language."""

    def __init__(
        self,
        indexes: Mapping[str, Index],
        learned: Mapping[str, Sureness] | None = None,
    ) -> None:
        self.indexes = {
            language: index for language, index in indexes.items() if index.passages
        }
        self.known = " ".join(index.known for index in self.indexes.values())
        self._learned = dict(learned or {})

    def sureness(self, language: str) -> Sureness:
        return self._learned.get(language) or sureness(language)

    def kind(self, question: str, language: str | None = None) -> Kind:
        return kind(question, spoken_language(question, language), self.known)

    def reply(self, question: str, language: str | None = None) -> Reply:
        """Say what becomes of a question that is not about the asker's own order."""
        if not has_letters(question[:MAX_CHARACTERS]):
            return Reply(State.HANDED_OVER, NOTHING_ASKED)
        spoken = spoken_language(question, language)
        found = kind(question, spoken, self.known)
        if found in FOR_A_PERSON:
            return Reply(State.HANDED_OVER, str(found), kind=found)
        if not self.indexes:
            return Reply(State.HANDED_OVER, NO_DOCUMENTS, kind=found)
        index = self.indexes.get(spoken) or next(iter(self.indexes.values()))
        reply = self._from(index, question, found)
        is_own = index.language == spoken and not _is_foreign(language)
        if is_own or not reply.passages:
            return reply
        return replace(reply, state=State.OFFERED, why=OTHER_LANGUAGE, answer=None)

    def sure_score(self, question: str, language: str) -> float:
        """Return the score by which an answer would be sure; 0 where something bars
        it. For cards and test cases.
        """
        index = self.indexes[language]
        seen = evidence(question, index.ranked(question), index)
        learned = self.sureness(language)
        return 0.0 if learned.is_barred(seen) else learned.probability(seen)

    def _from(self, index: Index, question: str, found: Kind) -> Reply:
        read = question[:MAX_CHARACTERS]
        ranking = index.ranked(read)
        seen = evidence(read, ranking, index)
        learned = self.sureness(index.language)
        score = learned.probability(seen)
        threshold = learned.answer_from if is_whole(index.readers) else NEVER
        shown = tuple(index.passages[at] for at in ranking.order[:OFFERED])
        asked = Reply(
            State.HANDED_OVER,
            NO_PASSAGE,
            score=score,
            threshold=threshold,
            version=learned.version,
            kind=found,
        )
        if score < learned.offer_from:
            return asked
        offered = replace(asked, state=State.OFFERED, why=UNSURE, passages=shown)
        if len(question) > MAX_CHARACTERS:
            return replace(offered, why=TOO_LONG)
        is_barred = found is Kind.OWN_ORDER or learned.is_barred(seen)
        if is_barred or score < threshold:
            return offered
        return replace(
            asked,
            state=State.ANSWERED,
            why=SURE,
            answer=shown[0].text,
            passages=shown[:1],
        )


def spoken_language(question: str, language: str | None) -> str:
    """Return the language that is asked in: by its script, because a person may write
    another one than the account says.
    """
    written = language_of(question[:MAX_CHARACTERS])
    named = short(language)
    return written if has_letters(question[:MAX_CHARACTERS]) else named or written


def _is_foreign(language: str | None) -> bool:
    """Say whether a language was named for which sureness was never measured."""
    return bool(language) and not short(language)
