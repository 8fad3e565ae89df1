"""What customers answered to messages; words that are no command wait for a person."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from .message import Touchpoint

TALK = "talk"  # the meaning of words that a person must read


class AnswerQuerySet(models.QuerySet["Answer"]):
    def waiting(self) -> Self:
        """Answers that a person has yet to read."""
        return self.filter(evidence__meant=TALK).exclude(evidence__has_key="read_by")


class AnswerManager(models.Manager["Answer"]):
    def get_queryset(self) -> AnswerQuerySet:
        return AnswerQuerySet(self.model, using=self._db).filter(
            kind=Touchpoint.Kind.REPLY
        )

    def waiting(self) -> AnswerQuerySet:
        return self.get_queryset().waiting()


class Answer(Touchpoint):
    """One answer: its words, what it was taken for, and who read it."""

    objects: ClassVar[AnswerManager] = AnswerManager()

    class Meta:
        proxy = True
        verbose_name = _("answer of a customer")
        verbose_name_plural = _("answers of customers")

    def __str__(self) -> str:
        return f"{self.message.customer}: {self.text[:40]}"

    @property
    def text(self) -> str:
        return str(self.evidence.get("text", ""))

    @property
    def meant(self) -> str:
        return str(self.evidence.get("meant", ""))

    @property
    def read_by(self) -> str:
        return str(self.evidence.get("read_by", ""))

    @property
    def is_waiting(self) -> bool:
        return self.meant == TALK and not self.read_by

    def read(self, by: str) -> None:
        """Note who read it."""
        self.evidence = {**self.evidence, "read_by": by}
        self.save(update_fields=["evidence"])
