"""Products that a text names and the facts don't. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import BLOT, HAN, Draft
from campaigns.copy.fact_check.lexicon import any_word, words

ENGLISH = words("english")
HEADING_WORDS = words("heading_words")
PRICED = re.compile(rf" ?(?:now|for|at|only|just|was|off)?[ :,(|-]{{0,3}}{BLOT}", re.I)

CAPITALS = re.compile(
    r"(?<![A-Za-z0-9'&/.+-])(?:[A-Z0-9][A-Z0-9'&/.+-]{0,30}(?:,? (?:[A-Z0-9&+/][A-Z0-9'&/."
    r"+-]{0,30}|w/|of"
    r"|x) ?){0,8})?"
    r"[A-Z][A-Z0-9'&/.+-]{1,30}(?![A-Za-z])"
)
TITLED = re.compile(
    r"(?<![A-Za-z0-9'])(?:[A-Z](?:[A-Za-z0-9'&/+-]|\.(?=\w)){0,30}|\d{1,9})"
    r"(?: (?:(?:of|and|with|in|for|&|the|w/|x"
    r"|from) ){0,2}(?:[A-Z0-9](?:[A-Za-z0-9'&/+-]|\.(?=\w)){0,30}"
    r"|\d{1,4}(?:ml|cm|g|kg|l)?\b)){1,9}"
)
QUOTED = re.compile(r"[\"「『《【](?P<what>[^\"「」『』《》【】\n]{2,60})[\"」』》】]")
# what is sold, told by what is said of its price or its being there
SLOT = re.compile(
    rf"(?:(?P<strong>{BLOT} ?off)|\b(?:the|your|our|this|these|of|for|on))"
    r"(?: (?:the|your|our|a|an|this|these|that|new|lovely|whole)){0,2}"
    r" (?P<what>[A-Za-z0-9](?:[\w&/'+-]|\.(?=\w)){0,30}(?: (?:[\w&/'+-]|\.(?=\w)){1,30}){0,7}?)"
    r"(?= (?:is|are|it's)(?: now| still| finally| only| just| also){0,2} (?:back|here|in stock"
    rf"|available|waiting|reduced|yours|on sale|discounted|down|ready for you|{BLOT})"
    r"| (?:dropped|drops|came down|went down|fell|costs?|waits?|awaits?)\b"
    r"| in your (?:basket|cart|bag|trolley)\b|,? you (?:looked|viewed|liked|left|wanted|saved)\b"
    rf"| (?:for|at|now|from|only|just)(?: only| just){{0,1}} {BLOT}| ?[-:,|(]? ?{BLOT}"
    r"|(?<=[a-z])(?P<end>[,.!?;\n]| (?:with|until|till|by|when|using|today|before|code)\b| {0,3}$))",
    re.I,
)

# a clause and no name: "our thanks we would like to add"
SAID_OF_IT = re.compile(
    r"\b(?:we|you|i|it|they|us|me|your|our|my|to|is|are|be|was|were|will|would|can|could"
    r"|should|may|that|which|who|if|so|but|or|then)\b",
    re.I,
)
ZH_AFTER = any_word("chinese_after_product") + r"|[,，。!！.;；:：|(]|$"
ZH_SLOT = re.compile(
    r"(?:(?P<led>(?:您|你)?(?:之前|最近|一直|刚刚|曾|正在)?(?:关注|收藏|看过|浏览过?|心仪|看中"
    r"|选中|加购|喜欢|惦记|购买|想要|挑选|入手|买)过?(?:了)?的(?!话|人|时候)|购物车(?:里|中)?的"
    r"|这款|这件|这个|该款|本款|我们的|本店的?|选购|入手|带走|拿下|抢购|购买|订购|买"
    r"|带回家|推荐(?:您|你)?(?:的|: ?)?|为您推荐|还?记得|想起|想念|看看|关于|您的|你的"
    r"|来自[^，。]{0,6}的|[添来送选要]一[件款台套个双条把瓶盒箱本张部辆只])"
    r"|(?<![^\n，,。!！:： ])|(?<=[，,。!！:：~～] ))"
    rf"(?P<what>[\u4e00-\u9fffA-Za-z0-9 +·-]{{2,24}}?)(?={ZH_AFTER}|{BLOT})"
)
# alone at the head of a clause a name is told by what is said of its price
ZH_PRICED = re.compile(
    r"现[价在仅售货]|新价|[,，|:：] ?\ufffc|仅|只[要需卖]|特价|直降|立减|降|[到补]货|低至"
    r"|享|打|原价|券后|到手|售价|折后|热卖|上架|开抢"
    r"|正在|回归|[立]?[省减]|优惠|[|(]|\ufffc|[五六七八九]折|半价"
)
ZH_ORDINARY = re.compile(any_word("chinese"))


def check(draft: Draft, title: str, *, is_named: bool) -> None:
    """Flag phrases that name a product; a text that doesn't name its own is read closer."""
    found = [
        *_spans(draft, CAPITALS, 0, most_rare=2),
        *_spans(draft, TITLED, 0, most_rare=2),
    ]
    if not is_named:
        found += _spans(draft, QUOTED, "what", most_rare=1)
        if title and not found:
            found = _spans(draft, SLOT, "what", most_rare=2) or _strong(draft)
        if title and not found and draft.is_chinese:
            found = _chinese(draft, title)[:1]
    for start, end in _apart(found):
        draft.flag("product", start, end, title)


def _spans(
    draft: Draft, pattern: re.Pattern[str], group: int | str, *, most_rare: int
) -> list[tuple[int, int]]:
    found = []
    for one in pattern.finditer(draft.left):
        if pattern is SLOT and one["end"] is not None and not one["strong"]:
            continue
        span = _trimmed(draft, *one.span(group))
        if span and pattern is CAPITALS and not draft.plain.isupper():
            span = (one.start(), one.start() + len(one[0].rstrip(" ,.&+/-")))
        if not span or (
            pattern is SLOT and SAID_OF_IT.search(draft.left[slice(*span)])
        ):
            continue
        if pattern is TITLED and _is_in_a_heading(draft, *span):
            continue
        if _n_rare(draft.left[slice(*span)]) >= most_rare:
            found.append(span)
    return found


def _is_in_a_heading(draft: Draft, start: int, end: int) -> bool:
    """Say whether words are written high only because their whole sentence is: its
    small words are too, and nothing is said of a price.
    """
    first, last = draft.sentence(start)
    said = draft.left[first:last]
    inner = said.split()[1:]
    is_high = sum(1 for one in inner if one[:1].islower()) * 5 <= len(inner)
    has_small = any(
        one[:1].isupper() and one.lower().strip(",.!?") in HEADING_WORDS
        for one in inner
    )
    is_priced = PRICED.search(draft.left[max(0, start - 8) : start]) or PRICED.match(
        draft.left, end
    )
    return is_high and has_small and not is_priced


def _strong(draft: Draft) -> list[tuple[int, int]]:
    """Return one rare word in the place of what is sold: "15% off the lantern"."""
    found = []
    for one in SLOT.finditer(draft.left):
        span = _trimmed(draft, *one.span("what"))
        is_one = draft.left[one.end("strong") : one.start("what")].strip()
        if span and is_one and one["strong"] and _n_rare(draft.left[slice(*span)]):
            found.append(span)
    return found[:1]


def _trimmed(draft: Draft, start: int, end: int) -> tuple[int, int] | None:
    """Leave ordinary words at both ends out: "Get Your Metal Lantern Today"."""
    words = [
        (start + one.start(), start + one.end(), one[0])
        for one in re.finditer(r"\S+", draft.left[start:end])
    ]
    while words and _is_ordinary(words[0][2]):
        words.pop(0)
    while words and _is_ordinary(words[-1][2]) and not words[-1][2].isdigit():
        words.pop()
    return (words[0][0], words[-1][1]) if words else None


def _is_ordinary(word: str) -> bool:
    low = word.lower().strip(".,'\"&/-+!?")
    return low in ENGLISH or not any(one.isalpha() for one in low)


def _n_rare(said: str) -> int:
    parts = re.findall(r"[A-Za-zÀ-ɏ][\wÀ-ɏ']*|[\u4e00-\u9fff]+", said)
    return sum(1 for one in parts if len(one) > 1 and _is_rare(one))


def _is_rare(word: str) -> bool:
    low = word.lower().removesuffix("'s")
    return low not in ENGLISH and not (low.endswith("s") and low[:-1] in ENGLISH)


def _chinese(draft: Draft, title: str) -> list[tuple[int, int]]:
    found = []
    for one in ZH_SLOT.finditer(draft.left):
        start, end = one.span("what")
        said = draft.left[start:end]
        rest = ZH_ORDINARY.sub("", said).strip()
        if not one["led"] and not ZH_PRICED.match(draft.left, end):
            continue
        if len(said.strip()) <= 3 and not HAN.search(title):
            continue  # 耳机 for a title in English: nobody can tell
        if len(rest) >= 2 and (len(rest) * 2 >= len(said.strip()) or len(rest) >= 4):
            begin, stop = _without_ordinary_ends(said)
            if said.startswith("的", begin):
                continue  # 喜欢的话
            found.append((start + begin, start + stop))
    return sorted(found, key=lambda span: span[0] - span[1])


def _without_ordinary_ends(said: str) -> tuple[int, int]:
    start, end = 0, len(said)
    while found := ZH_ORDINARY.match(said, start):
        if len(found[0]) == 1:  # 折叠, 小熊
            break
        start = found.end()
    while end > start and (
        found := next(
            (m for m in ZH_ORDINARY.finditer(said, start) if m.end() == end), None
        )
    ):
        end = found.start()
    return (start, end) if start < end else (0, len(said))


def _apart(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for span in sorted(set(spans), key=lambda one: one[0] - one[1]):
        if all(span[1] <= one[0] or span[0] >= one[1] for one in kept):
            kept.append(span)
    return sorted(kept)
