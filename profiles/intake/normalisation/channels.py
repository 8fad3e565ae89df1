"""Channels that consent can be given for: those that are plugged in, by their usual names."""

from retention_site.lib import registry

CALLED = {
    "e-mail": "email",
    "mail": "email",
    "text": "sms",
    "text message": "sms",
    "mobile push": "push",
    "web push": "web_push",
    "web-push": "web_push",
    "webpush": "web_push",
}


def channel_or_none(text: str) -> str | None:
    """Return the key of a channel, None for one that does not exist, such as fax."""
    said = " ".join(text.lower().split())
    key = CALLED.get(said, said)
    return key if key in registry.keys("channels") else None
