"""Is this an address that may stand in an envelope? Strict where it matters for safety,
else left to the provider.
"""

import re

from profiles.intake.normalisation.emails import ascii_domain

# RFC 5321 dot-string or UTF-8 beyond ASCII (RFC 6531); no quotes, brackets, commas,
# spaces or controls.
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\U0010ffff-]+"
LOCAL = re.compile(rf"\A{ATOM}(\.{ATOM})*\Z")
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*\Z")
DANGEROUS = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
LONGEST = 320  # RFC 3696: 64 before the @, 255 after it
PHONE = re.compile(r"\+[1-9][0-9]{6,14}\Z")


class BadAddress(ValueError):
    """The text is the reason."""


def email(text: str) -> str:
    """Return the address with its domain in ASCII (IDNA 2008); raise `BadAddress`."""
    local, at, domain = text.strip()[: LONGEST + 1].rpartition("@")
    if not at:
        raise BadAddress("not an e-mail address")
    if DANGEROUS.search(local) or not LOCAL.match(local) or len(local.encode()) > 64:
        raise BadAddress("the part before @ of the e-mail address is not valid")
    domain = _ascii(domain)
    if not DOMAIN.match(domain):
        raise BadAddress("the domain of the e-mail address is not valid")
    return f"{local}@{domain.lower()}"


def phone(text: str) -> str:
    """Return the number in E.164 form; raise `BadAddress`."""
    digits = re.sub(r"[ ().\-/]", "", text.strip()[:LONGEST])
    if not PHONE.match(digits):
        raise BadAddress("the phone number is not written as +4930123456")
    return digits


def _ascii(domain: str) -> str:
    try:
        return ascii_domain(domain)
    except ValueError:
        raise BadAddress("the domain of the e-mail address is not valid") from None
