"""Ask a provider whether it has taken a message."""

import json
import urllib.error
import urllib.request

from campaigns.delivery.channels.contract import ProviderAway

LOOKUP_SECONDS = 10


def ask(url: str) -> bool:
    """Return the ``seen`` of a JSON answer; raise `ProviderAway` when there is none."""
    try:
        with urllib.request.urlopen(url, timeout=LOOKUP_SECONDS) as answer:  # noqa: S310  the operator's own URL
            return bool(json.load(answer)["seen"])
    except (urllib.error.URLError, OSError, ValueError, KeyError) as error:
        raise ProviderAway(f"{url} does not say what it has seen: {error}") from error
