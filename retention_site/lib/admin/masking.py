"""What is shown of an address or a number to those who may not read it. Pure."""

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
