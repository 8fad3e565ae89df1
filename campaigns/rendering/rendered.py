"""What composing hands to delivery: the finished words of one message."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rendered:
    """One message in words. Which parts are filled depends on the channel
    (`campaigns.content.message_parts`).

    ``subject`` is the e-mail's subject or the push title, ``text`` the e-mail's text
    part, the SMS or the push body. ``html`` holds plain links; delivery puts tracked
    ones in their place. ``headers`` are extra e-mail headers, ``data`` is what an app
    or a webhook is given beside the words. The unsubscribe link comes from
    `campaigns.rendering.links.unsubscribe_url(message.pk)`; List-Unsubscribe headers
    are delivery's.
    """

    subject: str = ""
    html: str = ""
    text: str = ""
    preheader: str = ""  # what a list of mails shows behind the subject; it stands inside the HTML, unseen
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
