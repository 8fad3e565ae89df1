"""From a file that somebody uploads to a picture that any mail program shows. Pure.

What comes out was drawn anew from pixels: no place, camera or script that the file held
is left in it.
"""

from __future__ import annotations

import hashlib
import io
import struct
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, ImageSequence

MOST_BYTES = 10_000_000
MOST_WIDTH, MOST_HEIGHT = 1_200, 4_000  # twice a letter's 600: sharp on any screen
MOST_PIXELS = 24_000_000
MOST_PIXELS_OF_JPEG = 64_000_000  # decoded at a fraction of its size
MOST_FRAMES = 120
KINDS = ("PNG", "JPEG", "GIF", "WEBP")
TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
# what a decoder may trip over in a broken or hostile file
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    ArithmeticError,
    struct.error,
)


class BadImage(ValueError):
    """A file can't be a picture of the library: one sentence."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it will be served."""

    content: bytes
    media_type: str
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:40]


def read(content: bytes) -> Drawn:
    """Return what a file shows, by its content and never by its name; raise `BadImage`."""
    if len(content) > MOST_BYTES:
        raise BadImage(
            _("The picture is larger than %(n)d MB.") % {"n": MOST_BYTES // 1_000_000}
        )
    try:
        with Image.open(io.BytesIO(content), formats=KINDS) as opened:
            _check(opened)
            return _drawn(opened)
    except BadImage:
        raise
    except Image.DecompressionBombError as error:
        raise BadImage(_("The picture has more points than can be opened.")) from error
    except BROKEN as error:
        raise BadImage(_why_not(content)) from error


def _check(opened: Image.Image) -> None:
    is_jpeg = opened.format == "JPEG"
    most = MOST_PIXELS_OF_JPEG if is_jpeg else MOST_PIXELS
    if opened.width * opened.height > most:
        raise BadImage(_("The picture has more points than can be opened."))
    if is_jpeg:
        opened.draft("RGB", (MOST_WIDTH, MOST_HEIGHT))


def _why_not(content: bytes) -> str:
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in start:
        return _("Mail programs show no SVG, and it may hold scripts: send a PNG.")
    if start.startswith((b"\x89png", b"\xff\xd8\xff", b"gif8", b"riff")):
        return _("The picture is broken: it can't be read to its end.")
    return _("This is no picture that mails show: send a PNG, JPEG, GIF or WebP.")


def _drawn(opened: Image.Image) -> Drawn:
    if opened.format == "GIF" and getattr(opened, "is_animated", False):
        return _moving(opened)
    picture = ImageOps.exif_transpose(opened)
    has_alpha = picture.has_transparency_data
    picture = picture.convert("RGBA" if has_alpha else "RGB")
    picture.thumbnail((MOST_WIDTH, MOST_HEIGHT), Image.Resampling.LANCZOS)
    if has_alpha:
        return _encoded(picture, "PNG")
    photo = _encoded(picture, "JPEG")
    if opened.format == "JPEG":
        return photo
    exact = _encoded(picture, "PNG")
    return exact if len(exact.content) < 2 * len(photo.content) else photo


def _encoded(picture: Image.Image, kind: str) -> Drawn:
    written = io.BytesIO()
    more = {"quality": 84, "progressive": True} if kind == "JPEG" else {}
    picture.save(written, kind, optimize=True, **more)
    return Drawn(written.getvalue(), TYPES[kind], *picture.size)


def _moving(opened: Image.Image) -> Drawn:
    frames: list[Image.Image] = []
    times: list[int] = []
    for frame in ImageSequence.Iterator(opened):
        if len(frames) == MOST_FRAMES:
            raise BadImage(
                _("A moving picture has at most %(n)d frames.") % {"n": MOST_FRAMES}
            )
        times.append(frame.info.get("duration", 100))
        one = frame.convert("RGBA")
        one.thumbnail((MOST_WIDTH // 2, MOST_HEIGHT // 2))
        frames.append(one)
    written = io.BytesIO()
    frames[0].save(
        written,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=times,
        loop=opened.info.get("loop", 0),
        disposal=2,
    )
    return Drawn(written.getvalue(), TYPES["GIF"], *frames[0].size)
