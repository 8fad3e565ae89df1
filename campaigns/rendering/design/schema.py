"""What a document of the message editor may hold: one validated schema, with a version
of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from campaigns.rendering.design.facts import FACTS, LINKS
from campaigns.rendering.template_context import web_address

MOST_BLOCKS = 200
MOST_RUNS = 300
MOST_PARAGRAPHS = 100
OTHER_SCHEMES = ("mailto", "tel")
UNFIT = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF])


def fit(text: str) -> str:
    """Leave out what no mail can hold: control characters and half letters."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n").translate(UNFIT)
    return whole.encode("utf-8", "ignore").decode()


def link(address: str) -> str:
    """Return where a link may lead; raise `ValueError` for javascript: and its like."""
    address = fit(address).strip().replace("\n", "")
    if not address or address in LINKS or web_address(address):
        return address
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        scheme = ""
    if scheme in OTHER_SCHEMES and len(address) > len(scheme) + 1:
        return address
    raise ValueError(
        "a link starts with https://, http://, mailto: or tel:, or is one of "
        + ", ".join(LINKS)
    )


def picture(address: str) -> str:
    """Return the address of a picture elsewhere; raise `ValueError`."""
    address = fit(address).strip()
    if not address or web_address(address):
        return address
    raise ValueError("a picture's address starts with https:// or http://")


Text = Annotated[str, Field(max_length=5_000), AfterValidator(fit)]
Short = Annotated[str, Field(max_length=300), AfterValidator(fit)]
Link = Annotated[str, Field(max_length=2_000), AfterValidator(link)]
Picture = Annotated[str, Field(max_length=2_000), AfterValidator(picture)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")]
Id = Annotated[str, Field(pattern=r"^[a-z0-9]{1,12}$")]
Align = Literal["left", "center", "right"]


class Strict(BaseModel):
    """A map in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Run(Strict):
    """Some letters in one look, or a fact with what stands there for those without."""

    text: Text = ""
    fact: str = ""
    otherwise: Short = ""
    bold: bool = False
    italic: bool = False
    link: Link = ""

    @model_validator(mode="after")
    def _is_known(self) -> Run:
        if self.fact and self.fact not in FACTS:
            raise ValueError(f"there is no fact {self.fact[:40]!r}")
        return self


Line = Annotated[list[Run], Field(max_length=MOST_RUNS)]
Paragraphs = Annotated[list[Line], Field(max_length=MOST_PARAGRAPHS)]


class Block(Strict):
    """What all blocks have in common."""

    id: Id


class Heading(Block):
    kind: Literal["heading"] = "heading"
    text: Line = []
    level: Literal[1, 2] = 1
    align: Align = "left"


class Words(Block):
    kind: Literal["text"] = "text"
    text: Paragraphs = []
    align: Align = "left"
    is_small: bool = False


class Image(Block):
    kind: Literal["image"] = "image"
    image: Digest = ""  # of our own library
    url: Picture = ""  # of elsewhere
    alt: Short = ""
    is_decorative: bool = False  # nothing is lost to who can't see it
    link: Link = ""
    width: Annotated[int, Field(ge=10, le=100)] = 100  # per cent
    align: Align = "center"


class Button(Block):
    kind: Literal["button"] = "button"
    text: Line = []
    link: Link = "shop"
    align: Align = "left"
    look: Literal["filled", "outlined"] = "filled"


class Products(Block):
    kind: Literal["products"] = "products"
    title: Line = []
    most: Annotated[int, Field(ge=1, le=12)] = 3
    columns: Annotated[int, Field(ge=1, le=3)] = 1
    has_price: bool = True
    has_reason: bool = True


class Coupon(Block):
    kind: Literal["coupon"] = "coupon"
    text: Line = []
    note: Line = []


class LastViewed(Block):
    kind: Literal["last_viewed"] = "last_viewed"
    title: Line = []
    most: Annotated[int, Field(ge=1, le=6)] = 3


class Order(Block):
    kind: Literal["order"] = "order"
    title: Line = []
    total: Short = "Total"


class Divider(Block):
    kind: Literal["divider"] = "divider"
    space: Literal["small", "medium", "large"] = "medium"
    has_line: bool = True


class SocialLink(Strict):
    name: Short = ""
    link: Link = ""


class Social(Block):
    kind: Literal["social"] = "social"
    links: Annotated[list[SocialLink], Field(max_length=8)] = []


class Footer(Block):
    kind: Literal["footer"] = "footer"
    text: Paragraphs = []
    unsubscribe: Short = "Unsubscribe"
    preferences: Short = "Choose what you get"


Small = Annotated[
    Heading | Words | Image | Button | Divider, Field(discriminator="kind")
]


class Column(Strict):
    blocks: Annotated[list[Small], Field(max_length=12)] = []


class Columns(Block):
    kind: Literal["columns"] = "columns"
    columns: Annotated[list[Column], Field(min_length=2, max_length=3)]


AnyBlock = Annotated[
    Heading
    | Words
    | Image
    | Button
    | Products
    | Coupon
    | LastViewed
    | Order
    | Divider
    | Columns
    | Social
    | Footer,
    Field(discriminator="kind"),
]
KINDS = (
    *("heading", "text", "image", "button", "products", "coupon"),
    *("last_viewed", "order", "divider", "columns", "social", "footer"),
)


class Design(Strict):
    """A whole message: its short parts, and of a letter its blocks."""

    version: Literal[1] = 1
    lines: Annotated[dict[Id, Line], Field(max_length=8)] = {}
    blocks: Annotated[list[AnyBlock], Field(max_length=MOST_BLOCKS)] = []

    @model_validator(mode="after")
    def _is_bounded(self) -> Design:
        ids = [block.id for block in self.every()]
        if len(ids) > MOST_BLOCKS:
            raise ValueError(f"a message has at most {MOST_BLOCKS} blocks")
        if len(ids) != len(set(ids)):
            raise ValueError("two blocks have the same id")
        return self

    def every(self) -> Iterator[Any]:
        """Yield every block, those inside columns too, in the order they are read."""
        for block in self.blocks:
            yield block
            if isinstance(block, Columns):
                for column in block.columns:
                    yield from column.blocks
