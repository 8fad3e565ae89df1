"""Ask a provider which messages it has taken: GET its ``lookup`` address with
``?key=``; it says ``{"seen": bool}``.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode

import requests

from campaigns.delivery.channels.endpoints import Endpoint
from campaigns.delivery.channels.line import ProviderAway
from retention_site.lib.security import ssrf_guard

LOOKUP_SECONDS = 10


def seen(endpoint: Endpoint, names: Mapping[str, str]) -> dict[str, bool]:
    """Return for each key whether the provider knows the name it goes by there; nothing
    where it can't be asked.
    """
    if not endpoint.lookup:
        return {}
    ask = _ask_typed if endpoint.is_typed else _ask
    return {
        key: ask(f"{endpoint.lookup}?{urlencode({'key': name})}")
        for key, name in names.items()
    }


def _ask_typed(url: str) -> bool:
    try:
        with ssrf_guard.session(LOOKUP_SECONDS) as session:
            return bool(session.get(url).json()["seen"])
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        raise ProviderAway(f"{url} does not say what it has seen: {error}") from error


def _ask(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=LOOKUP_SECONDS) as answer:  # noqa: S310  the operator's own URL
            return bool(json.load(answer)["seen"])
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        raise ProviderAway(f"{url} does not say what it has seen: {error}") from error
