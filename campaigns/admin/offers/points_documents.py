"""Save a programme of points that was changed in the admin, with the trail of how it was."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from campaigns.content.points_terms import (
    BadCampaign,
    PointsTerms,
    document,
    read_terms,
)
from campaigns.offers.points import programme
from retention_site.lib.admin.pages import note_act, person
from retention_site.lib.clock import now


def current_document() -> dict[str, Any]:
    """Return the programme that holds, as its file would say it."""
    row = programme.newest()
    return dict(row.terms) if row else document(PointsTerms())


def saved(request: HttpRequest, said: dict[str, Any]) -> None:
    """Let a programme hold from now on; raise `BadCampaign` with what can't be so."""
    before, terms = current_document(), read_terms(said)
    if programme.save(terms, at=now(), by=person(request)):
        note_act(request, before=before, after=document(terms))


def sentence_of(error: BadCampaign) -> str:
    """Say what can't be so by the name of its field, not by its place in the file."""
    where, colon, sentence = str(error).partition(": ")
    return f"{where.rpartition('.')[2]}{colon}{sentence}"


def typed_number(typed: str) -> Any:
    """Read a number as people write it; the schema says what is none."""
    plain = typed.strip()
    plain = plain.replace(",", ".") if plain.count(",") == 1 else plain
    try:
        return int(plain) if plain.isdecimal() else float(plain)
    except ValueError:
        return typed.strip()
