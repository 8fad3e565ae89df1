"""Tell the shop's own web analytics where a visit came from. What a link says itself
already is left alone.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from campaigns.models import Message

SOURCE = "rapport"


def told(url: str, message: Message) -> str:
    """Return a target with the usual parameters of a message's link."""
    return with_utm(
        url, medium=message.channel, campaign=message.campaign.name, content=message.arm
    )


def with_utm(url: str, *, medium: str, campaign: str, content: str = "") -> str:
    """Add utm_source, utm_medium, utm_campaign and utm_content where they are not
    there; all else stays as it was.
    """
    parts = urlsplit(url)
    there = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}
    if any(name.startswith("utm_") for name in there):
        return url
    wanted = {
        "utm_source": SOURCE,
        "utm_medium": medium,
        "utm_campaign": campaign,
        "utm_content": content,
    }
    added = urlencode({name: value for name, value in wanted.items() if value})
    return urlunsplit(
        parts._replace(query="&".join(part for part in (parts.query, added) if part))
    )
