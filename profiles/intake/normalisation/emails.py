"""E-mail addresses: one spelling each, and by which of them two are one mailbox. Pure."""

import re
import unicodedata
from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email

# Every address of this plain form is valid; whatever looks different is asked of the
# library.
PLAIN_EMAIL = (
    r"[A-Za-z0-9_%+-]+(\.[A-Za-z0-9_%+-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?)*\.(com|net|org|edu|example|[A-Za-z]{2})"
)
# characters that are looked at: 64 before the @, 255 after it, and what is left out
LONGEST = 400
# from the start only: tried at every place, it would cost the square of the length
PLAIN = re.compile(rf"\A(?:{PLAIN_EMAIL})")
PUNYCODE = "xn--"  # begins a label in ASCII that stands for other letters
# What copying from a page or a sheet leaves behind: no width, and no part of any
# address.
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


@lru_cache(maxsize=65536)
def email_or_none(text: str) -> str | None:
    """Return the address, its domain in small letters of its own script; None when it
    is none.
    """
    if len(text) > LONGEST:
        return None
    if _is_plain(text):
        local, _at, domain = text.partition("@")
        return f"{local}@{domain.lower()}"
    plain = INVISIBLE.sub("", text).strip().rstrip(".")
    try:
        return validate_email(plain, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


def mailbox(address: str) -> str:
    """Return by what two addresses are one mailbox: no case, no dots at the end, the
    domain in its own letters.

    What follows a plus sign and dots before the @ are left alone: what they mean is the
    provider's own business.
    """
    if _is_plain(address):
        return address.lower()
    return (email_or_none(address) or address.strip()).lower()


def ascii_domain(domain: str) -> str:
    """Return a domain as mail servers ask for it (IDNA 2008, nothing transitional);
    raise ValueError.

    straße.example and strasse.example are two domains; the older IDNA 2003 writes to
    the second for the first.
    """
    if len(domain) > LONGEST:
        raise ValueError("too long for a domain")
    plain = INVISIBLE.sub("", unicodedata.normalize("NFC", domain)).rstrip(".")
    if plain.isascii() and PUNYCODE not in plain.lower():
        return plain.lower()
    return idna.encode(plain, uts46=True, std3_rules=True, transitional=False).decode()


def _is_plain(text: str) -> bool:
    is_short = len(text) <= LONGEST
    return (
        is_short and PLAIN.fullmatch(text) is not None and PUNYCODE not in text.lower()
    )
