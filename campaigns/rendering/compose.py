"""From messages to what the channels send: each template filled with what its message
froze at launch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from functools import cache
from typing import Any

from css_inline import CSSInliner
from django.conf import settings

from campaigns.models import Message
from campaigns.rendering import links, template_cache, utm
from campaigns.rendering.liquid import WordsError
from campaigns.rendering.rendered import Rendered
from retention_site.lib import registry

NOWHERE = {
    "unsubscribe_url": "https://shop.example/u/",
    "preferences_url": "https://shop.example/p/",
    "push_url": "https://shop.example/push/",
}
SOMEWHERE = {"url": "https://shop.example"}  # for looking at, while SHOP_URL is unset
SPOKEN = frozenset({"subject", "title", "preheader", "html", "text"})
# what another part is called where a provider is told of it beside the words
DATA = {"collapse": "collapse_key"}
_INLINER = CSSInliner(
    load_remote_stylesheets=False, keep_style_tags=True, keep_at_rules=True
)


@dataclass(frozen=True)
class Composed:
    """The words of messages by their primary key, and one sentence for each that can't
    be said.
    """

    rendered: dict[int, Rendered] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)


def compose(messages: Iterable[Message]) -> Composed:
    """Render messages, which come with run and version; one that can't be said harms no
    other.
    """
    composed = Composed()
    for message in messages:
        try:
            composed.rendered[message.pk] = say(message)
        except WordsError as error:
            composed.failed[message.pk] = str(error)
    return composed


def say(message: Message) -> Rendered:
    """Render one message as it will leave; raise `WordsError`."""
    if message.run is None:
        raise WordsError("the message has no run, so no approved words.")
    version = message.run.version
    reader = str((message.context.get("customer") or {}).get("language") or "")
    words = template_cache.of_version(version.hash, version.content).of(
        message.arm, message.channel, reader
    )
    rendered = fill(words, {**shop(), **message.context, **_links(message)})
    if registry.load("channels", message.channel).replaces:
        return _for_screens(rendered, message)
    return rendered


def fill(words: template_cache.Words, context: Mapping[str, Any]) -> Rendered:
    """Fill the words of one channel; raise `WordsError`."""
    parts = words.fill(context)
    return Rendered(
        subject=parts.get("subject") or parts.get("title", ""),
        html=_INLINER.inline(parts["html"]) if "html" in parts else "",
        text=parts["text"],
        preheader=parts.get("preheader", ""),
        data={
            DATA.get(part, part): said
            for part, said in parts.items()
            if said and part not in SPOKEN
        },
    )


def _for_screens(rendered: Rendered, message: Message) -> Rendered:
    """Let a newer notification of the campaign take the place of an older one that
    nobody has seen yet.
    """
    data = {"collapse_key": f"campaign-{message.campaign_id}", **rendered.data}
    if url := str(data.get("url") or ""):
        data["url"] = utm.told(url, message)
    return replace(rendered, data=data)


def preview(words: template_cache.Words, context: Mapping[str, Any]) -> Rendered:
    """Fill the words for looking at: the links lead nowhere."""
    return fill(words, {"shop": SOMEWHERE | shop()["shop"], **NOWHERE, **context})


def _links(message: Message) -> dict[str, str]:
    return {
        "unsubscribe_url": links.unsubscribe_url(message.pk),
        "preferences_url": links.preferences_url(message.pk),
        "push_url": links.push_url(message.customer_id),
    }


@cache
def shop() -> dict[str, Any]:
    """What every template knows of the shop."""
    name, _address = parseaddr(settings.FROM_EMAIL)
    # words that need it say that it is missing
    url = {"url": settings.SHOP_URL} if settings.SHOP_URL else {}
    return {"shop": {"name": name or settings.FROM_EMAIL, **url}}
