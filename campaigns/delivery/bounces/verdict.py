"""Judge whether a refusal means that an address is gone for good. Pure.

The words of the refusing server weigh most, then the codes among them (RFC 3463), and
last the status that a report gives by itself: many servers write 5.1.1 over a full
mailbox and 5.0.0 over an unknown user.
"""

from __future__ import annotations

import re

LONGEST = 4_000  # of a text that is looked at

CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
LASTING_CODES = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
SAYS_NOTHING = {(0, 0), (1, 0)}  # "other or undefined": words decide, else the status

# Names in a text are no words of its author: spam@shop.example may well be unknown.
NAMES = re.compile(
    r"https?://\S+|[\w.+=-]{1,64}@[\w.-]{1,255}|\b(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b",
    re.IGNORECASE,
)

# About the mailbox's state, the sender, the content or the way there: the address may
# well be good.
PASSING = (
    r"full\b|quota|out of (?:storage|space|disk)|storage (?:limit|space|exceeded)|over"
    r" ?limit"
    r"|insufficient (?:system )?(?:storage|space|resources)|not enough"
    r" (?:storage|space)"
    r"|exceed\w* (?:the |its |their |his |storage |mailbox |size"
    r" )|(?:size|space|storage) exceed"
    r"|too (?:large|big|many|much|long)|size limit|maximum (?:message|size)|larger than"
    r"|black ?list|block ?list|deny"
    r" ?list|\brbl\b|dnsbl|\bdbl\b|spamhaus|barracuda|\bcloudmark"
    r"|\bspam\b|spammy|junk|unsolicited|\bbulk mail|\bvirus|malware|phish|reputation"
    r"|polic(?:y|ies)|content"
    r" (?:reject|refus|filter|block)|\bblocked\b|\bbanned\b|(?<!not )listed"
    r" (?:at|by|in|on)\b"
    r"|\bspf\b|\bdkim\b|\bdmarc\b|\bptr\b|reverse dns|\brdns\b|\bhelo\b|\behlo\b"
    r"|unauthenticated|authenticat|not authori[sz]ed|unauthori[sz]ed|authori[sz]ation"
    r"|sender (?:address )?(?:\S{0,80}"
    r" )?(?:reject|refus|denied|verif|blocked|invalid|not|domain|unknown)"
    r"|(?:unknown|invalid|bad|refused|rejected) sender|return address|envelope"
    r" sender|\bmail from\b.{0,60}not"
    r"|invalid dns mx|relay(?:ing)? (?:access )?(?:denied|not|prohibited|is not)|unable"
    r" to relay"
    r"|grey ?list|gray ?list|try (?:again|later|your)|temporar\w*(?!"
    r" account)|throttl|rate[ -]?limit|deferred"
    r"|\brate (?:exceed|control)|rate that|receiving mail too|unusual (?:rate|volume)"
    r"|time[d]? ?-?out|connection"
    r" (?:refused|reset|lost|closed|dropped|failed)|unreachable|no route"
    r"|(?:server|system|service) (?:is )?(?:busy|down|not"
    r" (?:available|responding)|unavailable)"
    r"|insufficient permission|must be a member|not allowed to (?:post|send)|only"
    r" accepts"
    r"|restricted|\bloop|hop count|too many hops|lookup (?:fail|error)|local"
    r" (?:error|problem|config)"
    r"|out of (?:the )?office|vacation|on leave|automatic reply|auto-?reply|challenge"
    r"|attachment|(?:message|mail|content) (?:was )?(?:rejected|refused|blocked)"
    r"|speicherplatz|postfach (?:ist )?voll|überfüllt|boîte pleine|pleine\b|bu?z[oó]n"
    r" lleno|\bllen[oa]\b|\bcheia\b"
    r"|已满|超出|拒收|垃圾|黑名单|频率|频繁|いっぱい|容量"
)
# About the address itself.
LASTING = (
    r"(?:user|recipient|mailbox|account|address|addressee|destination|alias|customer|person|inbox)\b"
    r"[^.;\n]{0,60}?\b(?:unknown|does ?n[o']t exist|does not exist|not exist|not"
    r" found|not known|no longer"
    r"|invalid|is not"
    r" valid|disabled|deactivated|suspended|discontinued|closed|terminated|inactive"
    r"|not listed|not registered|no mailbox|doesn['’]t have|not a"
    r" valid|nonexistent|non-existent"
    r"|ha(?:s|ve) been (?:removed|deleted|disabled|closed|deactivated))"
    r"|(?:unknown|invalid|bad|no"
    r" such|non-?existent|nonexisting|illegal|inactive|disabled|expired|no valid)\s+"
    r"(?:or \w+ )?(?:local |virtual |email |e-mail |mail )?"
    r"(?:user|recipient|mailbox|account|address|destination|alias|domain|host|person|customer|part)"
    r"|no such (?:\w+"
    r" )?(?:user|mailbox|person|account|address|recipient|here|domain|host)"
    r"|(?:no|not a|isn't a|have a) (?:\S{1,80} )?(?:user|mailbox|account|mail box)s?"
    r" (?:here|by that name|with that|at this|called|matches)|no (?:mailbox|account)"
    r" (?:here|by)"
    r"|not our (?:customer|user)|unrouteable (?:address|mail domain)|unroutable"
    r" (?:address|mail domain)"
    r"|addressee unknown|recipnotfound|recipient ?not ?found|not in (?:our"
    r" )?(?:directory|address book)"
    r"|(?:host|domain)(?: or domain name| name)? not found|nxdomain|name or service not"
    r" known"
    r"|domain (?:\S{1,80} )?(?:does not exist|not exist|not found|is"
    r" invalid|unknown)|null mx|does not accept mail"
    r"|no (?:mx|mail exchanger|mail hosts?)\b|all relevant mx records point to"
    r" non-existent"
    r"|mailbox unavailable|mailbox name not allowed|unable to find (?:the"
    r" )?(?:user|recipient|mailbox)"
    r"|recipient address rejected: access denied|user account is (?:not|over)|no one by"
    r" that name"
    r"|couldn['’]t be found|could not be found|wasn['’]t found|can['’]t find|no longer"
    r" (?:valid|available|works?)"
    r"|unbekannt|existiert nicht|nicht bekannt|inconnue?\b|n['’]existe"
    r" pas|desconocid[oa]|no existe"
    r"|não existe|inesistente|sconosciut[oa]|onbekend|bestaat niet"
    r"|不存在|无此用户|停用|已注销|存在しません|宛先不明|見つかりません"
)
PASSING_WORDS = re.compile(PASSING, re.IGNORECASE)
LASTING_WORDS = re.compile(LASTING, re.IGNORECASE)


def lasting(said: str, status: str = "") -> bool | None:
    """Say whether an address is gone by what a server ``said``, else by the ``status``
    of a report; None: not told.
    """
    text = _plain(said)
    codes = [
        (int(found[1]), (int(found[2]), int(found[3]))) for found in CODE.finditer(text)
    ]
    replies = [int(found[1]) for found in REPLY.finditer(text)]
    if PASSING_WORDS.search(text):
        return False
    if (codes or replies) and all(
        one == 4 for one in [*(kind for kind, _ in codes), *replies]
    ):
        return False  # the server itself calls it temporary
    if LASTING_WORDS.search(text):
        return True
    told = [one for one in codes if one[1] not in SAYS_NOTHING] or _codes_of(status)
    return all(_is_lasting(*one) for one in told) if told else None


def _plain(said: str) -> str:
    """Return the words themselves, on one line, without addresses, links and host
    names.
    """
    return " ".join(NAMES.sub(" ", said[:LONGEST]).split())


def _codes_of(status: str) -> list[tuple[int, tuple[int, int]]]:
    found = CODE.search(status[:100])
    code = (int(found[2]), int(found[3])) if found else None
    return (
        [(int(found[1]), code)] if found and code and code not in SAYS_NOTHING else []
    )


def _is_lasting(kind: int, code: tuple[int, int]) -> bool:
    return kind == 5 and code in LASTING_CODES
