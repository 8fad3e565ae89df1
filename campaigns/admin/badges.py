"""Numbers beside the sidebar's lines."""

from django.http import HttpRequest

from campaigns.models import Alert, Answer, Campaign


def in_review(_request: HttpRequest) -> str:
    """How many campaigns wait for an approval; nothing when none does."""
    return str(Campaign.objects.waiting_for_approval().count() or "")


def open_alerts(_request: HttpRequest) -> str:
    """How many things are wrong; nothing when nothing is."""
    return str(Alert.objects.filter(ended_at=None).count() or "")


def waiting_answers(_request: HttpRequest) -> str:
    """How many answers wait for a person; nothing when none does."""
    return str(Answer.objects.waiting().count() or "")
