"""The library of pictures: kept in the database, served under a name that is made of
their content.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.utils.translation import gettext as _

from campaigns.models import Brand, Image
from campaigns.rendering.design.image_reader import SUFFIXES, BadImage, read

FOLDER = "i"
MOST_NAME = 120
MOST_ALT = 300
# a digest of ours inside a document, or inside the HTML that was made of it
NAMED = r"[0-9a-f]{40}"
WHERE_USED = f"""
    SELECT DISTINCT (regexp_matches(parts::text, '{NAMED}', 'g'))[1]
      FROM campaigns_templateversion
    UNION
    SELECT (regexp_matches(content::text, '{NAMED}', 'g'))[1]
      FROM campaigns_templatedraft
    UNION
    SELECT (regexp_matches(content::text, '{NAMED}', 'g'))[1]
      FROM campaigns_campaignversion
"""  # noqa: S608  a pattern of our own


def keep(content: bytes, name: str, alt: str, *, by: User | None) -> Image:
    """Put a picture into the library; the same one again is found. Raise `BadImage`."""
    drawn = read(content)
    image, _is_new = Image.objects.get_or_create(
        digest=drawn.digest,
        defaults={
            "name": _printable(name)[:MOST_NAME] or _("picture"),
            "alt": _printable(alt)[:MOST_ALT],
            "media_type": drawn.media_type,
            "width": drawn.width,
            "height": drawn.height,
            "n_bytes": len(drawn.content),
            "content": drawn.content,
            "uploaded_by": by,
        },
    )
    return image


def describe(image: Image, alt: str) -> None:
    """Say anew what a picture shows."""
    Image.objects.filter(pk=image.pk).update(alt=_printable(alt)[:MOST_ALT])


def erase(image: Image) -> None:
    """Take a picture out of the library; raise `BadImage` where something shows it."""
    if image.digest in used():
        raise BadImage(
            _("“%(name)s” is used by a template, a campaign or the brand.")
            % {"name": image.name}
        )
    image.delete()


def used() -> set[str]:
    """Return the digests that a template, a draft, a campaign or the brand names."""
    with connection.cursor() as cursor:
        cursor.execute(WHERE_USED)
        found = {str(digest) for (digest,) in cursor.fetchall() if digest}
    logos = Brand.objects.exclude(logo=None).values_list("logo__digest", flat=True)
    return found | set(logos)


def addresses(digests: Iterable[str]) -> dict[str, str]:
    """Return where each picture is served from; one query."""
    wanted = {digest for digest in digests if digest}
    if not wanted:
        return {}
    found = Image.objects.filter(digest__in=wanted)
    return {
        digest: address(digest, media_type)
        for digest, media_type in found.values_list("digest", "media_type")
    }


def address(digest: str, media_type: str) -> str:
    """Return the public address of a picture, which never shows anything else."""
    return f"{settings.BASE_URL}{path(digest, media_type)}"


def path(digest: str, media_type: str) -> str:
    return f"/{FOLDER}/{digest}.{SUFFIXES[media_type]}"


def listed() -> list[Image]:
    """Return the library, the newest first, without the pictures themselves."""
    return list(Image.objects.defer("content").order_by("-pk")[:500])


def _printable(text: str) -> str:
    return " ".join(
        "".join(letter if letter.isprintable() else " " for letter in text).split()
    )
