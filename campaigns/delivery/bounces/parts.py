"""The readable parts of a mail, whatever its headers say of them."""

import html
import re
from collections.abc import Iterator
from email.message import Message

import nh3

LONGEST = 100_000
QUOTATION = re.compile(
    r"<(?:blockquote\b|(?:div|span)\b[^<>]{0,300}(?:gmail_quote|divRplyFwdMsg|yahoo_quoted|moz-cite-prefix"
    r"|appendonsend|mail-quote))",
    re.IGNORECASE,
)
LINE_ENDS = re.compile(
    r"<(?:br|/p|/div|/tr|/li|/h\d|blockquote)\b[^<>]{0,500}>", re.IGNORECASE
)


def texts(mail: Message) -> Iterator[str]:
    """Yield the text parts of a mail as they can be read."""
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            yield text_of(part)


def text_of(part: Message) -> str:
    """Return a part's text without tags; an unknown character set is read as Latin-1."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    try:
        text = raw[:LONGEST].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = raw[:LONGEST].decode("latin-1")
    text = without_tags(text) if part.get_content_subtype() == "html" else text
    return text.replace("\0", "").replace("\r\n", "\n")


def without_tags(page: str) -> str:
    """Return the words of a page, with its lines; what it quotes begins with > as in
    plain mail.
    """
    lines = LINE_ENDS.sub(r"\g<0>\n", QUOTATION.sub(r"\n> \g<0>", page))
    return html.unescape(nh3.clean(lines, tags=set()))
