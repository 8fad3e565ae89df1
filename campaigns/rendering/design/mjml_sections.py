"""The paper of a letter, and a section on it, as MJML."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.rendering.design import schema
from campaigns.rendering.design.look import Look

SPACES = {"small": 8, "medium": 20, "large": 40}  # pixels


SIZES = {1: "26px", 2: "19px"}


WIDTH = 600


GUTTER = 32  # left and right of what is written


SOFT = "#6b7280"


@dataclass(frozen=True)
class Paper:
    """What the blocks of one letter are written with."""

    look: Look
    images: dict[str, str]  # digest → address
    is_marked: bool = False  # each block can be found in the page by its class

    def named(self, block: schema.Block, *more: str) -> str:
        """Return the attribute with the classes of a block."""
        classes = [*more, *([f"b-{block.id}"] if self.is_marked else [])]
        return f' css-class="{" ".join(classes)}"' if classes else ""


def section(block: schema.Block, paper: Paper, content: str, padding: str = "") -> str:
    pad = f' padding="{padding}"' if padding else ""
    return (
        f"<mj-section{pad}{paper.named(block, 'm-card')}>"
        f"<mj-column>{content}</mj-column></mj-section>"
    )
