"""Coupon codes: the offer's own, letter by letter. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

LETTERS = r"[A-Za-z0-9][A-Za-z0-9_-]{1,30}[A-Za-z0-9]"
SLOT = re.compile(
    r"(?:\b(?:promo(?:tion)?|discount|coupon|voucher|offer|gift|checkout|the|your|our|"
    r"with|use|using|enter|apply|quote|this|personal)? ?\b(?:code|coupon|voucher)s?"
    r"(?: is| reads)?|优惠码|折扣码|优惠券码?|券码|兑换码|口令|暗号|代码|码|使用|输入|凭)"
    rf"[ :：=]{{0,3}}[\"'「“【(\[]?(?P<code>{LETTERS})(?![A-Za-z0-9])",
    re.I,
)
AT_CHECKOUT = re.compile(
    rf"\b(?:use|enter|apply|quote|type|add|show|mention|say) [\"']?(?P<code>{LETTERS})[\"']?"
    r"(?= (?:at|in|when|on|before|during|and|to|for|by|until)\b)",
    re.I,
)
SHAPE = re.compile(
    r"(?<![A-Za-z0-9_/&.'-])(?=[A-Z0-9_-]{0,30}[0-9])(?=[A-Z0-9_-]{0,30}[A-Z])"
    r"[A-Z0-9][A-Z0-9_-]{2,30}[A-Z0-9](?![A-Za-z0-9_/&-])"
)
WORD = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9][A-Za-z0-9_-]{2,31}(?![A-Za-z0-9_])")
DATE_LIKE = re.compile(
    r"\d{1,4}(?:ST|ND|RD|TH|AM|PM|ML|CM|MM|KG|GB|TB|PC|PCS|PK|W|V|D)"
)


def check(draft: Draft, facts: Facts) -> None:
    """Flag tokens in a code's place, of a code's shape, or nearly the code."""
    code = facts.offer.code
    for pattern in (SLOT, AT_CHECKOUT):
        for found in draft.find(pattern):
            if _looks_like_code(found["code"]):
                draft.flag("code", *found.span("code"), code)
    model_numbers = {one.upper() for one in re.findall(r"[\w-]+", facts.product.title)}
    for found in draft.find(SHAPE):
        if found[0].upper() in model_numbers:
            continue
        if not DATE_LIKE.fullmatch(found[0]):
            draft.flag("code", *found.span(), code)
    if code:
        for found in draft.find(WORD):
            if _is_nearly(found[0], code):
                draft.flag("code", *_grown(draft, *found.span()), code)


def _looks_like_code(token: str) -> bool:
    return any(one.isdigit() for one in token) or (token.isupper() and len(token) > 2)


def _grown(draft: Draft, start: int, end: int) -> tuple[int, int]:
    """Take a code's rest behind a space with it: SPRING 15 for SPRING15."""
    rest = re.match(r" ?\d{1,4}(?![\d%.,])", draft.left[end : end + 6])
    joined = draft.left[start:end] + rest[0].strip() if rest else ""
    return (start, end + len(rest[0])) if rest and len(joined) <= 32 else (start, end)


def _is_nearly(token: str, code: str) -> bool:
    """Say whether a word is the code but for case, or for a letter or two."""
    if token.lower() == code.lower():
        return True
    if not (token.isupper() or any(one.isdigit() for one in token)):
        return False
    most = 2 if len(code) >= 6 else 1
    return (
        abs(len(token) - len(code)) <= most
        and distance(token.lower(), code.lower(), most) <= most
    )


def distance(a: str, b: str, most: int) -> int:
    """Levenshtein's distance; more than ``most`` is told as one more."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            last, row[j] = (
                row[j],
                min(row[j] + 1, row[j - 1] + 1, last + (one != other)),
            )
        if min(row) > most:
            return most + 1
    return row[-1]
