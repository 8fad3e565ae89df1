"""What stands before a colon: the head of a list or a tip, or a shop's name. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.lexicon import words
from campaigns.copy.fact_check.people import known_names

LABELS = words("labels")
HEADING_WORDS = words("heading_words")
ZH_SHOP = re.compile(
    "(?:铺|店|馆|家居|家纺|百货|数码|书屋|坊|良品|优选|商城|超市|生活|鲜生|严选|办公|度假|酒店|服饰"
    "|[男女]装|美妆|食品|生鲜|电器|家电|药房|烘焙|咖啡|[田屋记斋行社房号舍居]|(?<!课)堂|(?<!征)集)$"
)


def is_one(parts: list[str]) -> bool:
    """Say whether words before a colon head a list or a tip: Warning, Top Tip."""
    last = parts[-1].lower()
    is_heading = any(one.lower() in HEADING_WORDS for one in parts[1:])
    return (
        last in LABELS
        or is_heading
        or (len(parts) == 1 and not known_names.may_be_called(parts[0]))
    )


def is_chinese_one(said: str) -> bool:
    """Say whether frequent words before a colon head a list, not a shop's letter."""
    return not ZH_SHOP.search(said) and (
        len(said) > 4 or known_names.is_made_of_common(said)
    )
