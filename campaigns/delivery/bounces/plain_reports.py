"""Failure reports that are written for people: Exim, qmail, Yahoo, Domino, hMailServer
and others. Pure.

`flufl.bounce` (Mailman's reader) knows many of their forms. What it does not know is
read by what all of them have in common: a mail server as sender, the original or its
address, and the refusal in words.
"""

from __future__ import annotations

import logging
import re
from email import message_from_bytes
from email.message import EmailMessage

from flufl.bounce import all_failures

from campaigns.delivery.bounces import verdict
from campaigns.delivery.bounces.parts import texts
from campaigns.delivery.channels import mail_policy

LONGEST = 20_000  # of the words above the original
SECTION = 1_500  # of what is said of one recipient
DAEMONS = re.compile(
    r"(mailer[-_.]?daemon|post[-_.]?master|mail[-_.]?daemon|m?daemon|bounces?|mail[-_.]?delivery"
    r"|mail[-_.]?system)([-+.=_].{0,64})?\Z",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"mail (delivery|router|administrator)|mailer|delivery (sub)?system|system admin",
    re.I,
)
DELAY = re.compile(
    r"delayed|delay\b|warning|will (?:be )?retr|still trying|not yet been"
    r" delivered|could not (?:yet )?be delivered for"
    r"|temporarily|keep trying|no action is required|do not need to (?:re)?send",
    re.IGNORECASE,
)
ABSENCE = re.compile(
    r"out of (?:the )?office|automatic reply|auto(?:matic)?[-"
    r" ]?repl|autoresponse|vacation|holiday|on leave|away\b"
    r"|abwesen|absence|ausencia|fuera de (?:la"
    r" )?oficina|assente|assenza|自动回复|外出|休假|不在",
    re.IGNORECASE,
)
FAILURE = re.compile(
    r"undeliver|non-?deliver|not (?:be )?deliver|(?:delivery|mail) (?:status"
    r" notification|fail|error|problem)"
    r"|fail\w* (?:to )?deliver|failure notice|returned (?:mail|to sender)|returning"
    r" (?:mail|message)|rejected"
    r"|could ?n[o']t|permanent|fatal"
    r" error|unzustellbar|退信|投递失败|未送达|配信不能|non remis|no entregad"
    r"|no se (?:ha )?(?:podido|pudo)|não entregue|mancato recapito",
    re.IGNORECASE,
)
# Where the report ends and the original begins.
COPY = re.compile(
    r"^(?:[ >]{0,4}-{2,100}.{0,80}(?:copy|original|below this line|headers?"
    r" follow|unsent|returned message"
    r"|message (?:included|follows|header|text|body)|forwarded"
    r" message|attached|enclosed).{0,80}"
    r"|[ >]{0,8}(?:Received|Return-Path|DKIM-Signature|Feedback-ID|MIME-Version|List-Unsubscribe):.{0,998}"
    r"|.{0,60}(?:original message|message headers?) (?:follows?|(?:is |are"
    r" )?below).{0,60}"
    r"|(?:Your )?original message:?\s*)$",
    re.MULTILINE | re.IGNORECASE,
)
IS_FAILURE = re.compile(
    r"fail|undeliver|return|unzustellbar|退信|rejected", re.IGNORECASE
)
# Words of ours that a report repeats say nothing about the failure.
OURS = re.compile(
    r"^[ \t>]{0,8}(?:Subject|Betreff|Objet|Asunto|主题)\s{0,4}[::].{0,998}$",
    re.M | re.I,
)
LONG_LINE = re.compile(rb"([^\r\n]{998})[^\r\n]+")  # RFC 5322 allows 998 bytes
ADDRESS = re.compile(r"[\w.+=!#$%&'*/?^`{|}~-]{1,64}@[\w.-]{1,255}")

# tells of every detector it tries
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def is_report(mail: EmailMessage) -> bool:
    """Say whether a mail server wrote this, and not a person or a person's absence
    note.
    """
    if mail.get("X-Failed-Recipients"):
        return True
    subject = str(mail.get("Subject", ""))
    if ABSENCE.search(subject) and not FAILURE.search(subject):
        return False
    sender, name = (
        mail_policy.mailbox(mail.get("From", "")),
        str(mail.get("From", ""))[:200],
    )
    if DAEMONS.match(sender.partition("@")[0]) or NAMES.search(name):
        return True
    is_nobody = not sender or str(mail.get("Return-Path", "-")).strip() in ("<>", "")
    return is_nobody and bool(FAILURE.search(subject))


def failures(mail: EmailMessage, raw: bytes, *, to: str) -> list[tuple[str, str]]:
    """Return each address that could not be reached, with what is said of it; ``to`` is
    the original's recipient.
    """
    text = said_in(mail)
    if is_delay(mail, text):
        return []
    found = _named(mail) or _known(raw)
    if (
        not found
        and verdict.lasting(text) is None
        and not FAILURE.search(f"{mail.get('Subject', '')} {text}")
    ):
        return []
    found = found or ([to] if to else _first(text))
    return [(address, _section(text, address, found)) for address in found]


def said_in(mail: EmailMessage) -> str:
    """Return the words of a report above the copy of the original."""
    text = next((one for one in texts(mail) if one.strip()), "")[:LONGEST]
    end = COPY.search(text)
    return OURS.sub("", text[: end.start()] if end else text)


def _named(mail: EmailMessage) -> list[str]:
    named = mail_policy.mailboxes(*mail.get_all("X-Failed-Recipients", []))
    return list(dict.fromkeys(address for address in named if "@" in address))


def _known(raw: bytes) -> list[str]:
    try:
        _passing, failed = all_failures(message_from_bytes(LONG_LINE.sub(rb"\1", raw)))
    except Exception:  # noqa: BLE001  a library on foreign mail: whatever stops it, our reader goes on
        return []
    return sorted(address.decode("ascii", "replace") for address in failed)


def is_delay(mail: EmailMessage, text: str) -> bool:
    """A warning that the server goes on trying; its subject says so, or its words and
    no failure.
    """
    subject = str(mail.get("Subject", ""))
    if IS_FAILURE.search(subject):
        return False
    return bool(DELAY.search(subject)) or (
        bool(DELAY.search(text)) and not FAILURE.search(text)
    )


def _first(text: str) -> list[str]:
    found = ADDRESS.search(text)
    return [found[0].rstrip(".")] if found else []


def _section(text: str, address: str, others: list[str]) -> str:
    """Return what is said of one recipient: all of it, or from its name to the next
    one's.
    """
    if len(others) == 1:
        return " ".join(text.split())[:SECTION]
    lower = text.lower()
    starts = sorted({at for one in others if (at := lower.find(one.lower())) >= 0})
    here = lower.find(address.lower())
    end = next((at for at in starts if at > here), len(text))
    return " ".join(text[here:end].split())[:SECTION] if here >= 0 else ""
