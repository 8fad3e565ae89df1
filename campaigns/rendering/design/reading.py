"""Read a document; what is wrong with it is one sentence that names its place. Pure."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from campaigns.rendering.design.schema import MOST_BLOCKS, Design
from campaigns.rendering.liquid import WordsError

SHOWN = 120


def read(raw: Any) -> Design:
    """Return a document; raise `WordsError`."""
    blocks = raw.get("blocks") if isinstance(raw, dict) else None
    if isinstance(blocks, list) and len(blocks) > MOST_BLOCKS:
        raise WordsError(
            _("A message has at most %(n)d blocks; this one has %(found)d.")
            % {"n": MOST_BLOCKS, "found": len(blocks)}
        )
    try:
        return Design.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise WordsError(_sentence(first["loc"], first["msg"])) from error
    except RecursionError as error:
        raise WordsError(_("The message is nested too deeply.")) from error


def _sentence(place: tuple[int | str, ...], why: str) -> str:
    why = why.removeprefix("Value error, ")[:SHOWN].rstrip(".")
    where = _where(place)
    return f"{where}: {why}." if where else f"{why[:1].upper()}{why[1:]}."


def _where(place: tuple[int | str, ...]) -> str:
    """Say where something stands as a reader of the page counts: from one."""
    if len(place) > 1 and place[0] == "blocks" and isinstance(place[1], int):
        rest = [str(part) for part in place[2:] if isinstance(part, str)]
        words = {"n": place[1] + 1, "what": ", ".join(dict.fromkeys(rest[:4]))[:SHOWN]}
        if rest:
            return _("Block %(n)d (%(what)s)") % words
        return _("Block %(n)d") % words
    return ".".join(str(part)[:40] for part in place)
