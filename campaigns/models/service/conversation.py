"""Conversations with customers: who speaks in them now, and every word of both."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Conversation(models.Model):
    """One customer's conversation. Once a person has it, no answer leaves by itself."""

    class State(models.TextChoices):
        OPEN = "open", _("answered by itself")
        HANDED_OVER = "handed_over", _("with a person")
        CLOSED = "closed", _("closed")

    key = models.TextField(unique=True, editable=False)
    customer = models.ForeignKey(
        "profiles.Customer", models.CASCADE, null=True, related_name="conversations"
    )
    state = models.TextField(_("state"), choices=State, default=State.OPEN)
    why = models.TextField(_("why"), blank=True, default="")
    language = models.TextField(_("language"), blank=True, default="")
    began_at = models.DateTimeField(_("began"), db_default=Now())
    handed_over_at = models.DateTimeField(_("handed over"), null=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["state", "handed_over_at"], name="conversation_state"),
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M}"


class Turn(models.Model):
    """One question, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being worked out")
        ANSWERED = "answered", pgettext_lazy("question", "answered")
        OFFERED = "offered", _("offered")
        HANDED_OVER = "handed_over", _("handed over")
        WITHHELD = "withheld", _("kept back: a person has it")
        PERSON = "person", _("a person's words")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="turns")
    question = models.TextField(_("question"), blank=True)
    state = models.TextField(_("state"), choices=State, default=State.WAITING)
    reply = models.JSONField(_("reply"), null=True)  # worked out, not yet given
    answer = models.TextField(_("answer"), blank=True, default="")  # what left
    by = models.TextField(_("by"), blank=True, default="")  # of a person's words
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    left_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("turn of a conversation")
        verbose_name_plural = _("turns of conversations")
        indexes = [
            models.Index(
                fields=["id"],
                name="turn_waiting",
                condition=models.Q(state="waiting", reply__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]
