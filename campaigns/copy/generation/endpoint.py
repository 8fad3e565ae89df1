"""Any endpoint that speaks OpenAI's chat completions: asked once, never waited for long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic
from typing import Any

import requests
from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.copy.bank.openings import Opening
from campaigns.copy.generation.prompt import Brief, lines, messages
from retention_site.lib.security.outbound import ForbiddenAddress
from retention_site.lib.security.ssrf_guard import check_url, session

CONNECT_SECONDS, SILENT_SECONDS = 3.0, 10.0
WHOLE_SECONDS = 20.0  # a person waits for it
MOST_BYTES = 200_000
TOKENS_A_LINE = 60


class GeneratorAway(Exception):
    """Why no line came, in a sentence without the key."""


def is_set() -> bool:
    """Say whether the shop has named an endpoint."""
    return bool(settings.GENERATOR_URL)


def name() -> str:
    """Return what the endpoint's model is called."""
    return str(settings.GENERATOR_MODEL or "model")


def write(brief: Brief) -> list[Opening]:
    """Return the lines that the endpoint wrote, unchecked; raise `GeneratorAway`."""
    said = _content(_asked(brief))
    return [
        Opening(brief.language, brief.goal, brief.tone, one, source=name())
        for one in lines(said)
    ]


def _asked(brief: Brief) -> Any:
    body: Any = {
        "model": name(),
        "messages": messages(brief),
        "max_tokens": TOKENS_A_LINE * brief.n,
        "temperature": 0.9,
        "stream": False,
    }
    headers = {"Accept": "application/json"}
    if settings.GENERATOR_KEY:
        headers["Authorization"] = f"Bearer {settings.GENERATOR_KEY}"
    url = settings.GENERATOR_URL.rstrip("/") + "/chat/completions"
    try:
        check_url(url)
        with (
            session(SILENT_SECONDS) as http,
            http.post(
                url,
                json=body,
                headers=headers,
                stream=True,
                timeout=(CONNECT_SECONDS, SILENT_SECONDS),
            ) as answer,
        ):
            _refused(answer.status_code)
            return json.loads(b"".join(_pieces(answer)))
    except ForbiddenAddress as error:
        raise GeneratorAway(str(error)) from None
    except requests.RequestException:
        raise GeneratorAway(_("The model can't be reached just now.")) from None
    except (ValueError, RecursionError):
        raise GeneratorAway(
            _("The model answered with something else than text.")
        ) from None


def _refused(status: int) -> None:
    if status in (402, 429):
        raise GeneratorAway(
            _("The model refuses: its budget is used up, or it is busy.")
        )
    if status in (401, 403):
        raise GeneratorAway(_("The model refuses the key (GENERATOR_KEY)."))
    if status != 200:
        raise GeneratorAway(_("The model answered with error %(n)d.") % {"n": status})


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """Read an answer that is neither endless nor endlessly slow: letter by letter, since
    a longer piece would be waited for.
    """
    begin, n_bytes = monotonic(), 0
    for piece in answer.iter_content(1):
        n_bytes += len(piece)
        if n_bytes > MOST_BYTES:
            raise GeneratorAway(_("The model's answer has no end."))
        if monotonic() - begin > WHOLE_SECONDS:
            raise GeneratorAway(_("The model is too slow."))
        yield piece


def _content(answer: Any) -> str:
    """Return what an answer says; one with tools or nothing says no line."""
    try:
        said = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        said = None
    if not isinstance(said, str) or not said.strip():
        raise GeneratorAway(_("The model answered without a line."))
    return said
