"""What is shown of an address or a number to those who may not read it. Pure."""

import re

from retention_site.lib.security.log_redaction import ADDRESS

MASK = "…"
SHOWN_DIGITS = 2


def masked(text: str) -> str:
    """Return enough to tell two apart while speaking of them, too little to write to
    anybody.
    """
    text = text.strip()
    if not text:
        return ""
    if "@" in text:
        local, _at, domain = text.rpartition("@")
        return f"{local[:1]}{MASK}@{domain[:1]}{MASK}.{domain.rpartition('.')[2]}"
    if text.lstrip("+").isdigit():
        return f"{MASK}{text[-SHOWN_DIGITS:]}"
    return f"{text[:1]}{MASK}"


# Columns and attributes by whose name a person is reached, in whichever system's words
REACHES = re.compile(
    r"mail|phone|mobile|(?:^|[._ ])(?:tel|cell|fax|ip|zip)(?:$|[._ \d])|street|address"
    r"|postal|post_?code|birth|token|endpoint|passport|iban|telefon|strasse|邮箱|电话"
    r"|手机|地址",
    re.IGNORECASE,
)
# What may be a number to call or a card: seven digits and more, however parted
NUMBER = re.compile(r"\d(?:[ ()./-]{0,3}\d){6,24}")
MOST_CHARACTERS = 20_000  # of a value


def is_personal(name: str) -> bool:
    """Say whether a field of this name reaches a person."""
    return bool(REACHES.search(name[:200]))


def masked_value(name: str, value: str) -> str:
    """Mask a raw value of a row or a call: all of it where its field reaches a person,
    else the addresses and long numbers in it.
    """
    if is_personal(name):
        return masked(value)
    short = value[:MOST_CHARACTERS]
    found = ADDRESS.sub(lambda found: masked(found[0].replace("%40", "@")), short)
    return NUMBER.sub(lambda found: f"{MASK}{found[0][-SHOWN_DIGITS:]}", found)
