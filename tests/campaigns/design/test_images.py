"""What is uploaded is drawn anew, bounded, and served for ever under a name made of its
content.
"""

import io
import struct
import time
import zlib

import pytest
from django.test import Client
from PIL import Image as Picture

from campaigns.models import Image
from campaigns.rendering import template_library
from campaigns.rendering.design import images
from campaigns.rendering.design.image_reader import MOST_WIDTH, BadImage, read
from retention_site.lib.admin.letters import letter, without_remote


def drawn(kind="PNG", size=(40, 20), mode="RGB", colour="red", **more) -> bytes:
    written = io.BytesIO()
    Picture.new(mode, size, colour).save(written, kind, **more)
    return written.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
    )


def png_that_says(width: int, height: int, data: bytes = b"", *extra: bytes) -> bytes:
    """A PNG whose header promises a size, whatever its data are."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [
            chunk(b"IHDR", head),
            *extra,
            chunk(b"IDAT", zlib.compress(data)),
            chunk(b"IEND", b""),
        ]
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_kinds_that_mails_show_are_taken(kind):
    made = read(drawn(kind, (2_400, 30)))
    assert made.media_type in ("image/png", "image/jpeg")
    assert (made.width, made.height) == (MOST_WIDTH, 15)
    with Picture.open(io.BytesIO(made.content)) as shown:
        assert shown.size == (MOST_WIDTH, 15)


def test_transparency_and_movement_stay():
    assert read(drawn(mode="RGBA", colour=(0, 0, 0, 0))).media_type == "image/png"
    frames = [Picture.new("RGB", (30, 30), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(
        written, "GIF", save_all=True, append_images=frames[1:], duration=70, loop=0
    )
    with Picture.open(io.BytesIO(read(written.getvalue()).content)) as shown:
        assert (shown.n_frames, shown.info["duration"]) == (2, 70)


def test_where_and_by_whom_a_photo_was_taken_is_not_passed_on():
    exif = Picture.Exif()
    exif[0x010E], exif[0x0112] = "SECRET PLACE", 6  # turned by a quarter
    made = read(drawn("JPEG", (40, 20), exif=exif))
    assert b"SECRET" not in made.content
    assert (made.width, made.height) == (20, 40), "drawn as it was meant to be seen"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no picture"),
        (b"hello", "no picture"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "SVG",
        ),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>", "SVG"),
        (b"<html><script>alert(1)</script>", "no picture"),
        (b"%PDF-1.7", "no picture"),
        (drawn()[:-40], "broken"),
        (drawn("JPEG", (400, 400))[:300], "broken"),
        (b"GIF89a" + b"\xff" * 50, "broken|no picture"),
        (png_that_says(60_000, 60_000), "more points than can be opened"),
        (png_that_says(4_000, 9_000, b"\0" * 1000), "more points than can be opened"),
        (png_that_says(10, 10, b"\0" * 9), "broken"),
        (drawn("BMP"), "no picture"),
        (drawn("TIFF"), "no picture"),
        (b"\0" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence_at_once(content, why):
    began = time.monotonic()
    with pytest.raises(BadImage, match=why):
        read(content)
    assert time.monotonic() - began < 2


def test_a_bomb_in_the_text_of_a_picture_does_not_go_off():
    packed = b"x\0\0" + zlib.compress(b"\0" * 300_000_000)
    bomb = png_that_says(1, 1, b"\0" * 4, chunk(b"zTXt", packed))
    with pytest.raises(BadImage):
        read(bomb)


def test_a_picture_with_something_behind_it_is_only_a_picture():
    hidden = b"<script>alert(1)</script><?php ?>"
    for kind in ("PNG", "JPEG", "GIF"):
        assert hidden not in read(drawn(kind) + hidden).content


@pytest.mark.django_db
def test_a_picture_is_served_to_everybody_and_kept_by_whoever_asked(settings):
    image = images.keep(drawn("PNG"), "red.jpg", "A red\nfield", by=None)
    again = images.keep(drawn("PNG"), "other.png", "Other", by=None)
    assert (image.pk, again.alt) == (again.pk, "A red field")
    address = images.addresses([image.digest])[image.digest]
    assert address == f"{settings.BASE_URL}/i/{image.digest}.png", (
        "by content, not by name"
    )
    answer = Client().get(address.removeprefix(settings.BASE_URL))
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
    assert "immutable" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    path = address.removeprefix(settings.BASE_URL)
    assert Client().get(path, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    assert Client().get(f"/i/{'0' * 40}.png").status_code == 404
    assert Client().get("/i/../manage.py").status_code == 404


@pytest.mark.django_db
def test_what_is_shown_somewhere_is_not_erased():
    image = images.keep(drawn(), "a.png", "A", by=None)
    blocks = [
        {"kind": "image", "id": "a", "image": image.digest, "alt": "A"},
        {"kind": "footer", "id": "b"},
    ]
    lines = {"subject": [{"text": "Hi"}]}
    template_library.write(
        "Hello", "email", {"design": {"lines": lines, "blocks": blocks}}, by=None
    )
    with pytest.raises(BadImage, match="is used"):
        images.erase(image)
    other = images.keep(drawn(colour="blue"), "b.png", "B", by=None)
    images.erase(other)
    assert [one.pk for one in Image.objects.all()] == [image.pk]


def test_our_own_pictures_are_seen_in_a_letter_and_no_others(settings):
    base = settings.BASE_URL
    ours = f"{base}/i/{'a' * 40}.png"
    others = [
        "https://evil.example/x.png",
        f"{base}/i/../admin/x.png",
        f"{base}.evil.example/i/{'a' * 40}.png",
        f"{base}/o/{'a' * 40}.gif",
    ]
    page = "".join(f'<img src="{one}">' for one in [ours, *others])
    shown, n_hidden = without_remote(page)
    assert ours in shown
    assert n_hidden == len(others)
    assert not any(one in shown for one in others)
    assert f"img-src {base}/i/ data:" in letter(page)["Content-Security-Policy"]
