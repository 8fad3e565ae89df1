"""Bodies of requests from outside: unpacked under a size cap, read as strict JSON,
refused before anything is stored.

Refused are NaN and infinities in any spelling, lone surrogates, NUL (PostgreSQL keeps
neither), numbers of thousands of digits, and nesting deeper than 200 levels.
"""

import math
import re
import zlib
from typing import Any

from pydantic_core import from_json

MOST_BYTES = 5 * 1024 * 1024  # packed or unpacked
# Where a number might be infinite or a NUL might hide: only then is the whole tree
# looked at.
SUSPICIOUS = re.compile(rb"\\u0000|(?:^|[\s:,\[])-?\d[\d.]*[eE]\+?\d{3}|(?<!\d)\d{309}")


class MalformedBody(ValueError):
    """The body can't be read: one sentence that says why."""


class BodyTooLarge(MalformedBody):
    """The body, packed or unpacked, is over the cap."""


def unpacked(raw: bytes, encoding: str, most: int = MOST_BYTES) -> bytes:
    """Undo ``Content-Encoding``; never unpack more than ``most`` bytes."""
    if len(raw) > most:
        raise BodyTooLarge(f"The body is larger than {most} bytes.")
    match encoding.strip().lower():
        case "" | "identity":
            return raw
        case "gzip" | "x-gzip":
            return _gunzipped(raw, most)
        case "deflate":
            return _inflated(raw, zlib.MAX_WBITS, most)[0]
    raise MalformedBody(
        f"Content-Encoding {encoding[:40]!r} is not understood; send gzip or nothing."
    )


def read_json(raw: bytes) -> Any:
    """Return what a JSON text says; raise `MalformedBody` for anything that is not
    strictly JSON.
    """
    try:
        found = from_json(raw, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise MalformedBody(f"The body is not JSON: {str(error)[:200]}.") from None
    if SUSPICIOUS.search(raw):
        _look_through(found)
    return found


def _gunzipped(raw: bytes, most: int) -> bytes:
    """Unpack one gzip member after the other, as gzip allows."""
    found, left = b"", raw
    while left:
        part, left = _inflated(left, zlib.MAX_WBITS | 16, most - len(found))
        found += part
    return found


def _inflated(raw: bytes, window: int, most: int) -> tuple[bytes, bytes]:
    stream = zlib.decompressobj(window)
    try:
        found = stream.decompress(raw, most + 1)
    except zlib.error:
        raise MalformedBody(
            "The body is not packed as its Content-Encoding says."
        ) from None
    if len(found) > most:
        raise BodyTooLarge("The body unpacks to more than we take.")
    if not stream.eof:
        raise MalformedBody("The packed body ends too early.")
    return found, stream.unused_data


def _look_through(value: Any) -> None:
    match value:
        case str() if "\0" in value:
            raise MalformedBody("The body holds a NUL character.")
        case float() if not math.isfinite(value):
            raise MalformedBody("The body holds a number beyond all bounds.")
        case int() if abs(value) >= 10**308:
            raise MalformedBody("The body holds a number beyond all bounds.")
        case dict():
            for name, inner in value.items():
                _look_through(name)
                _look_through(inner)
        case list():
            for inner in value:
                _look_through(inner)
