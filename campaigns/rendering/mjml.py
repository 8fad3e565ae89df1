"""MJML to HTML, once per version: Liquid stands through it untouched and is filled per
message.
"""

import re
from collections.abc import Mapping

from mjml import mjml2html

from campaigns.rendering.liquid import WordsError
from campaigns.rendering.mjml_errors import sentence

# What is opened again before it was closed was no tag: else each opening would be read
# to the end.
INSIDE = r"(?:(?!\{[{%]).)*?"
LIQUID = re.compile(rf"\{{%{INSIDE}%\}}|\{{\{{{INSIDE}\}}\}}", re.DOTALL)
INCLUDE = re.compile(
    r"""<mj-include\s+path=["']([^"']+)["']\s*/?>(?:\s*</mj-include>)?"""
)
TAG = re.compile(r"<mj-([a-z-]+)")
TAGS = frozenset(
    "accordion accordion-element accordion-text accordion-title all attributes body"
    " breakpoint button carousel carousel-image class column divider font group head"
    " hero image include navbar navbar-link preview raw section social social-element"
    " spacer style table text title wrapper".split()
)
MARK = "liquid·{}·"  # letters that MJML leaves alone in texts and in attributes
FONTS: dict[str, str] = {}  # fonts of other hosts would tell them who reads
MOST_INCLUDES = 5  # one inside another


def compile_mjml(source: str, blocks: Mapping[str, str], language: str = "") -> str:
    """Turn MJML with Liquid in it into HTML with the same Liquid; `mj-include` names
    one of ``blocks``.

    The page says its language if one is given; of words for all who have none of their
    own it is not known.
    """
    kept: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        kept.append(found.group())
        return MARK.format(len(kept) - 1)

    whole = LIQUID.sub(put_away, _with_blocks(source, blocks))
    # the compiler would drop them without a word
    if unknown := set(TAG.findall(whole)) - TAGS:
        raise WordsError(f"the MJML can't be read: there is no mj-{min(unknown)}.")
    try:
        html = mjml2html(whole, fonts=FONTS)
    except ValueError as error:
        raise WordsError(
            f"the MJML can't be read: {sentence(_without_liquid(source), error)}"
        ) from error
    html = html.replace(' lang="und"', f' lang="{language}"' if language else "")
    return re.sub(r"liquid·(\d+)·", lambda found: kept[int(found[1])], html)


def _without_liquid(source: str) -> str:
    """Blank Liquid out, so that each tag stays in its line."""
    return LIQUID.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def _with_blocks(source: str, blocks: Mapping[str, str]) -> str:
    """Put the text of each block where it is included: only then do its sections know
    the width of the body.
    """

    def block(found: re.Match[str]) -> str:
        if found[1] not in blocks:
            raise WordsError(
                f"there is no block named {found[1]!r}; there are"
                f" {', '.join(sorted(blocks)) or 'none'}."
            )
        return blocks[found[1]]

    for _depth in range(MOST_INCLUDES):
        if not INCLUDE.search(source):
            return source
        source = INCLUDE.sub(block, source)
    raise WordsError("blocks include each other without end.")
