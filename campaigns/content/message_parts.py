"""Which parts a message has on each channel, and which of them may be left out."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One text that a marketer writes."""

    key: str
    is_html: bool = False
    is_required: bool = True
    is_one_line: bool = False


PUSH = (
    Part("title", is_one_line=True),
    Part("text"),
    Part("url", is_required=False, is_one_line=True),
    # a newer one of this name takes the older one's place
    Part("collapse", is_required=False, is_one_line=True),
)
PARTS: dict[str, tuple[Part, ...]] = {
    "email": (
        Part("subject", is_one_line=True),
        Part("preheader", is_required=False, is_one_line=True),
        Part("html", is_html=True),
        Part("text"),
    ),
    "sms": (Part("text"),),
    "push": PUSH,
    "web_push": PUSH,
    "webhook": (
        Part("text"),
        Part("url", is_required=False, is_one_line=True),
    ),
}
