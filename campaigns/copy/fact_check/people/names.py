"""Whom a text speaks to, and as whom: the customer's own name and the shop's. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.codes import distance
from campaigns.copy.fact_check.draft import BLOT, Draft
from campaigns.copy.fact_check.facts import Facts
from campaigns.copy.fact_check.lexicon import words
from campaigns.copy.fact_check.people import known_names, labels
from campaigns.copy.fact_check.products.other_products import ZH_ORDINARY

ENGLISH = words("english")
SURNAMES = words("surnames")
NAME_LETTERS = words("given_name_letters")
NO_NAMES = words("no_names_chinese")

NAME = r"(?P<name>[A-ZÀ-Þ][A-Za-zÀ-ɏ'-]{1,20}(?: [A-ZÀ-Þ][A-Za-zÀ-ɏ'-]{1,20}){0,2})"
GREETING = re.compile(
    r"(?:^|(?<=[\n.!?:\"(*])) {0,3}(?:Hi|Hello|Hey|Dear|Morning|Afternoon|Evening"
    r"|Good (?:morning|evening|afternoon|day|news)|Welcome(?: back)?"
    r"|Thanks|Thank you|Happy [Bb]irthday|Congratulations|Congrats|Sorry|Psst|Greetings"
    r"|Guess what|Hola|Oh|Yes"
    r"|Hi there|Hey there|Hello there|Ciao|Merry Christmas|Great news|Still thinking"
    r"|Remember|Surprise)"
    rf"(?: again)?,? {NAME}(?= {{0,2}}[,.!:?\n-]| {{0,3}}$)",
    re.M,
)
FIRST = re.compile(
    rf"(?:^|(?<=[\n.!?:])) {{0,3}}{NAME}(?=, (?:[0-9{BLOT}I\"]|(?:you|your|you're|you've|we|we're|we've"
    rf"|this|the|it|it's|there|don't|get|here|here's|a|an|enjoy|take|use|save|still|good"
    rf"|guess|thanks|thank|did|do|have|ready|fancy|remember|meet|see|look|our|i)\b)"
    r"| ?- (?:you|your|we|this|the|it|here|a)\b| ?! (?:You|We|It|Your|This|The|Here))",
    re.M,
)
# the head of a list or a label reads the same: oak, ash and elm
LISTED = re.compile(
    rf"(?:^|(?<=[\n.!?:])) {{0,3}}{NAME}(?=, [a-z]|: [a-z]| ?[!-] (?:[a-z]|You|We|It|Your))",
    re.M,
)
CALLED = re.compile(rf", {NAME}(?=[.!?,;](?:\s|$)| {{0,3}}$|:)", re.M)
FOR = re.compile(
    rf"\b(?:just for|only for|picked for|chosen for|reserved for|made for|selected for"
    rf"|especially for|ready for"
    rf"|waiting for|here for|one for|for you,|belongs to|saved for) {NAME}(?![A-Za-z])"
)
OWNED = re.compile(rf"(?<![A-Za-z]){NAME}'s (?=[a-z]+ )")
SHOP = re.compile(
    r"(?:\b(?:[Tt]he|[Yy]our) (?P<teamed>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and "
    r"|of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3}) (?:[Tt]eam|[Cc]rew)\b"
    r"|(?:^|(?<=[.!?] ))(?P<giver>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and "
    r"|of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3})(?= (?:gives|sends|offers|wishes|has something"
    r"|says|brings|thanks|is giving|here)\b)"
    r"|\b(?:[Ff]riends at|[Tt]eam at|[Uu]s at|[Hh]ere at|only at|back at|back to|shop at"
    r"|[Ss]hopping at|[Ss]hopping with|[Ww]elcome to|all at|everyone at"
    r"|love,|[Yy]ours,|[Ss]incerely,|[Cc]heers,|[Bb]est,|regards,|wishes,|thanks,|from|at|with) "
    r"(?P<team>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and |of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3})"
    r"(?=[.!,\n:]| {0,3}$| - | (?:has|have|is|are)\b))"
    r"|(?:^|\n) {0,3}(?:-+|~) ?(?P<signed>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and "
    r"|of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3}) {0,3}$"
    r"|^(?P<led>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and "
    r"|of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3})(?=: )"
    r"|[-~] ?(?P<tail>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:& |and "
    r"|of )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3}) {0,3}$"
    r"|(?P<single>(?<=\bat )|(?<=\bfrom ))(?P<one>[A-ZÀ-Þ][\wÀ-ɏ&'-]{2,24})(?=[.!,\n]| {0,3}$)",
    re.M,
)
ZH_SIGNED = re.compile(
    r"(?:^|\n|[。！!~,，. ]) {0,3}【(?P<a>[^】\n]{2,16})】|(?:^"
    r"|[，。！,!~ 自])(?P<b>[\u4e00-\u9fffA-Za-z]{2,10}?)"
    r"(?:(?:团队|旗舰店|官方店|专卖店|商城|小店)(?=[，。！,!为祝提感敬 ]|$)"
    r"|(?=(?:温馨)?提醒(?:您|你)|通知您|敬上|祝您|邀您|感谢您))"
    r"|\A(?P<c>[\u4e00-\u9fffA-Za-z]{2,8}?)(?=:)",
)
ZH_NAME = r"(?P<name>[\u4e00-\u9fff]{2,4}?|[A-Z][A-Za-z]{1,15})"
ZH_GREETING = re.compile(
    rf"(?:亲爱的|尊敬的|您好[,，]?|你好[,，]?|嗨[,，]?|哈喽[,，]?|Hi[,， ]?|Hello[,， ]?"
    rf"|欢迎(?:您)?(?:回来|加入)?[,，]?|生日快乐[,，]|恭喜[,，]?"
    rf"|感谢(?:您)?[,，]|嘿[,，]?) ?{ZH_NAME}(?:先生|女士|小姐|同学|姐"
    rf"|哥)?(?=[,，!！:：。、~\s]|$|您好|你好|您|你)",
)
ZH_FIRST = re.compile(
    rf"(?:^|(?<=[\n。！!】？?；;])) {{0,3}}{ZH_NAME}(?:先生|女士|小姐|同学)?(?=[,，:：!！ ]|您好"
    rf"|你好|，您|您的|你的)"
)
ZH_CALLED = re.compile(rf"[，,]{ZH_NAME}(?=[!！。~]|[,，](?:您|你|快|别|请))")
ZH_TITLED = re.compile(r"(?P<name>[\u4e00-\u9fff]{1,3})(?:先生|女士|小姐)")


def check(draft: Draft, facts: Facts, *, is_named: bool, is_signed: bool) -> None:
    """Flag the names of somebody else in the customer's place or the shop's."""
    if facts.shop and not is_signed:
        _last_line(draft, facts)
    for found in draft.find(SHOP):
        if not (is_signed and found["led"]):
            _shop(draft, found, facts)
    for pattern in (GREETING, FIRST, CALLED, FOR):
        for found in draft.find(pattern):
            if known_names.may_be_called(found["name"]):
                draft.flag("name", *found.span("name"), facts.first_name)
    for pattern in (OWNED,) if is_named else (OWNED, LISTED):
        for found in draft.find(pattern):
            if known_names.are_called(found["name"]):
                draft.flag("name", *found.span("name"), facts.first_name)
    if facts.language == "zh-hans" or draft.is_chinese:
        _chinese(draft, facts, is_named=is_named)


LAST_LINE = re.compile(
    r"\n[ \t]*(?P<shop>[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}(?: (?:(?:&|and"
    r"|of) )?[A-ZÀ-Þ][\wÀ-ɏ&'.-]{1,24}){0,3}"
    r"|[\u4e00-\u9fff]{2,10}) {0,3}\Z"
)


def _last_line(draft: Draft, facts: Facts) -> None:
    """Flag a signature alone on the last line that isn't the shop's."""
    for found in draft.find(LAST_LINE):
        said = found["shop"]
        is_ordinary = all(one.lower() in ENGLISH for one in said.split())
        if not is_ordinary and not _is_ordinary_chinese(said):
            draft.flag("name", *found.span("shop"), facts.shop)


def _shop(draft: Draft, found: re.Match[str], facts: Facts) -> None:
    key = next(
        (
            k
            for k in ("team", "teamed", "giver", "signed", "led", "tail", "one")
            if found[k]
        ),
        "",
    )
    if not key:
        return
    said = found[key].rstrip(".")
    start = found.start(key)
    words = re.findall(r"[\wÀ-ɏ'-]+", said)
    if all(one.lower() in ENGLISH for one in words) or (
        not facts.shop and key != "team"
    ):
        return
    if key in ("led", "team", "one") and len(words) == 1 and not facts.shop:
        return
    if key == "led" and labels.is_one(words):
        return
    draft.flag("name", start, start + len(said), facts.shop)


def _chinese(draft: Draft, facts: Facts, *, is_named: bool) -> None:
    for found in draft.find(ZH_SIGNED):
        key = next(one for one in "abc" if found[one])
        said = found[key]
        is_short = len(ZH_ORDINARY.sub("", said)) < 2
        if key == "c" and (is_short or labels.is_chinese_one(said)):
            continue
        if facts.shop and BLOT not in said and not _is_ordinary_chinese(said):
            draft.flag("name", *found.span(key), facts.shop)
    for pattern in (ZH_GREETING, ZH_FIRST, ZH_CALLED, ZH_TITLED):
        for found in draft.find(pattern):
            if "客服" in found["name"]:
                continue
            is_open = (
                pattern in (ZH_FIRST, ZH_CALLED)
                and not is_named
                and bool(facts.first_name)
            )
            if _is_chinese_name(found["name"], pattern, facts) or (
                is_open
                and _may_be_a_name(found["name"])
                and (pattern is ZH_FIRST or _is_shaped_like_a_name(found["name"]))
            ):
                draft.flag("name", *found.span("name"), facts.first_name)


def _may_be_a_name(said: str) -> bool:
    """Say whether a word at the head of a text that calls nobody else may be a name."""
    return (
        said not in NO_NAMES
        and not known_names.is_common_chinese(said)
        and 2 <= len(said) <= 3
        and not ZH_ORDINARY.search(said.lstrip("小老阿"))
        and not (said.startswith(_EDGES) or said.endswith(_EDGES))
    )


def _is_shaped_like_a_name(said: str) -> bool:
    """Say whether two letters are a pet name or begin with a surname: 婷婷, 小北, 林悦."""
    is_pet = said[0] == said[-1] or said[0] in "小阿老"
    ends_so = said[-1] in NAME_LETTERS or said[0] in SURNAMES
    return len(said) == 2 and (is_pet or ends_so)


def _is_chinese_name(said: str, pattern: re.Pattern[str], facts: Facts) -> bool:
    if said in NO_NAMES or said.lower() in ENGLISH:
        return False
    if said.isascii():
        return pattern is not ZH_FIRST or not said.isupper()
    if said.startswith(_EDGES) or said.endswith(_EDGES):
        return False
    is_like_ours = (
        bool(facts.first_name)
        and len(said) == len(facts.first_name)
        and (distance(said, facts.first_name, 1) <= 1 and len(said) > 1)
    )
    if known_names.is_common_chinese(said) and pattern is not ZH_TITLED:
        return is_like_ours
    if pattern is ZH_GREETING and len(said) <= 3:
        return said[0] in SURNAMES or is_like_ours or len(said) == 2
    return (
        (said[0] in SURNAMES and len(said) in (2, 3))
        or is_like_ours
        or pattern is ZH_TITLED
    )


_EDGES = tuple(words("no_name_edges"))


def _is_ordinary_chinese(said: str) -> bool:
    return bool(
        re.search(
            "优惠|福利|提醒|通知|会员|专享|限时|活动|特惠|上新|到货|降价|温馨|生日|折|元"
            "|券|礼|惊喜|好消息|退订|我们|本|购物|我的|客服|品质|网上|您的|你的|专属|新品",
            said,
        )
    )
