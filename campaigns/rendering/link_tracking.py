"""Put tracked links in the place of plain ones; each target is stored before it can be
clicked.
"""

import hashlib
import html as markup
import re
from collections.abc import Iterable, Mapping
from functools import partial

from django.db.backends.signals import connection_created
from django.dispatch import receiver

from campaigns.models import TrackedLink
from campaigns.rendering import links

# A tag that is never closed ends where the next one begins: else each would be read to
# the end.
INSIDE = r"(?:[^<>]|<(?!a\b))*?"
HREF = re.compile(
    rf"(<a\b{INSIDE}\shref=)([\"'])(https?://[^\"'<>\s]+)\2", re.IGNORECASE
)
END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
MOST_KNOWN = 50_000  # ids remembered per process; one entry takes about 300 bytes

_ids: dict[str, int] = {}


@receiver(connection_created)
def forget(**_signal: object) -> None:
    """Ids may mean other links once a database was restored, and no restore leaves a
    session open.
    """
    _ids.clear()


def tracked(pages: Mapping[int, str]) -> dict[int, str]:
    """Return the HTML of each message with its links and its open picture tracked; one
    query for all new targets.
    """
    ids = store({url for page in pages.values() for url in _targets(page)})
    return {message: _rewrite(message, page, ids) for message, page in pages.items()}


def store(urls: Iterable[str]) -> dict[str, int]:
    """Return the id of every target, storing the new ones."""
    wanted = set(urls)
    if len(_ids) + len(wanted) > MOST_KNOWN:
        _ids.clear()
    known = {url: _ids[url] for url in wanted if url in _ids}
    if unknown := sorted(wanted - known.keys()):
        new = _stored(
            {hashlib.sha256(url.encode()).hexdigest(): url for url in unknown}
        )
        _ids.update(new)
        known |= new
    return known


def _stored(urls: Mapping[str, str]) -> dict[str, int]:
    """Store targets by their key; return their ids by URL."""
    TrackedLink.objects.bulk_create(
        [TrackedLink(key=key, url=url) for key, url in urls.items()],
        ignore_conflicts=True,
    )
    return {
        urls[key]: id_
        for id_, key in TrackedLink.objects.filter(key__in=urls).values_list(
            "pk", "key"
        )
    }


def _targets(page: str) -> list[str]:
    found = (markup.unescape(match[3]) for match in HREF.finditer(page))
    return [url for url in found if not links.is_ours(url)]


def _rewrite(message: int, page: str, ids: Mapping[str, int]) -> str:
    page = HREF.sub(partial(_replace, message, ids), page)
    picture = (
        f'<img src="{links.open_url(message)}" width="1" height="1" alt=""'
        ' style="display:none">'
    )
    end = None
    for end in END_OF_BODY.finditer(page):  # noqa: B007  the last one counts
        pass
    return (
        page + picture
        if end is None
        else f"{page[: end.start()]}{picture}{page[end.start() :]}"
    )


def _replace(message: int, ids: Mapping[str, int], match: re.Match[str]) -> str:
    target = ids.get(markup.unescape(match[3]))
    return (
        match[0]
        if target is None
        else f"{match[1]}{match[2]}{links.click_url(message, target)}{match[2]}"
    )
