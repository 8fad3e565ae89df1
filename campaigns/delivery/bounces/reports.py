"""Read mail that came back: failures (RFC 3464), complaints (RFC 5965), and answers of
people. Pure.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from hashlib import sha256
from typing import TypedDict

from campaigns.delivery.bounces import plain_reports, verdict
from campaigns.delivery.bounces.parts import text_of, texts
from campaigns.delivery.channels import mail_policy
from campaigns.delivery.channels.email import BOUNCES
from campaigns.delivery.channels.provider import Heard, Unreadable, What
from campaigns.delivery.replies import quoted
from retention_site.lib.security import signing

MOST_BYTES = 1_000_000
MOST_BLOCKS = 100  # recipients of one report
LONGEST_TEXT = 2_000
MESSAGE_ID = re.compile(r"<([0-9a-f]{32})@[^<>\s]{1,255}>")
FEEDBACK_ID = re.compile(r"\A\s*(\d{1,18}):rapport\s*\Z")
QUOTED_FEEDBACK_ID = re.compile(
    r"^[ >]{0,8}Feedback-ID:\s{0,4}(\d{1,18}):rapport\b", re.M | re.I
)
STATUS = {"message/delivery-status", "message/global-delivery-status"}
COMPLAINT = {"message/feedback-report"}
ORIGINALS = {"message/rfc822", "message/global", "message/partial"}
HEADERS = {
    "text/rfc822-headers",
    "text/rfc822",
    "message/rfc822-headers",
    "message/global-headers",
}
RECIPIENTS = ("to", "delivered-to", "x-original-to", "envelope-to")
OF_PROGRAMS = ("bulk", "junk", "auto_reply")
FAILED = ("fail", "error", "undeliver", "bounce")


def heard_in(raw: bytes) -> list[Heard]:
    """Return what a mail tells; nothing for one that tells nothing, such as an absence
    note.

    Raise `Unreadable` for what is no mail.
    """
    if len(raw) > MOST_BYTES:
        raise Unreadable("The mail is too large to be a report.")
    mail = mail_policy.parsed(raw)
    if mail is None:
        raise Unreadable("This is no mail.")
    if complaints := list(_blocks(mail, COMPLAINT)):
        return list(_complaints(mail, complaints))
    if blocks := [one for one in _blocks(mail, STATUS) if _is_of_a_recipient(one)]:
        return list(_failures(mail, blocks))
    if plain_reports.is_report(mail):
        failures = list(_plain_failures(mail, raw))
        if failures or plain_reports.is_delay(mail, plain_reports.said_in(mail)):
            return failures
    return list(_reply(mail))


def _failures(mail: EmailMessage, blocks: list[Message]) -> Iterator[Heard]:
    original = _original(mail)
    which = _which(mail, original)
    for place, block in enumerate(blocks[:MOST_BLOCKS]):
        action, status = _field(block, "Action").lower(), _field(block, "Status")
        has_failed = action.startswith(FAILED) or (
            not action and status.startswith("5")
        )
        if not has_failed and action != "delivered":
            continue  # a delay is no end, an expansion no news
        said = _diagnosis(block) or (
            plain_reports.said_in(mail) if len(blocks) == 1 else ""
        )
        yield Heard(
            what=What.BOUNCED if has_failed else What.DELIVERED,
            event_id=f"mail:{_name(mail)}:{place}",
            **which,
            address=_address(block) or _to(original),
            detail=f"{status} {said}".strip()[:500],
            is_lasting=has_failed and verdict.lasting(said, status) is True,
            by_mail=True,
        )


def _plain_failures(mail: EmailMessage, raw: bytes) -> Iterator[Heard]:
    """Read a report that is written for people only: by those who know its senders,
    then by its words.
    """
    original = _original(mail)
    which = _which(mail, original)
    failures = plain_reports.failures(mail, raw, to=_to(original))
    for place, (address, said) in enumerate(failures[:MOST_BLOCKS]):
        yield Heard(
            what=What.BOUNCED,
            event_id=f"mail:{_name(mail)}:{place}",
            **which,
            address=address,
            detail=said[:500],
            is_lasting=verdict.lasting(said) is True,
            by_mail=True,
        )


def _complaints(mail: EmailMessage, blocks: list[Message]) -> Iterator[Heard]:
    original = _original(mail)
    for block in blocks[:1]:
        kind = str(block.get("Feedback-Type", "abuse")).strip().lower()
        if kind == "not-spam":
            continue
        yield Heard(
            what=What.COMPLAINED,
            event_id=f"mail:{_name(mail)}",
            **_which(mail, original),
            address=_field(block, "Original-Rcpt-To").strip("<> ") or _to(original),
            detail=f"{kind}, told by {block.get('User-Agent', 'a mailbox provider')}"[
                :500
            ],
            by_mail=True,
        )


def _reply(mail: EmailMessage) -> Iterator[Heard]:
    """A person's answer to a message of ours; programs that answer by themselves say so
    (RFC 3834).
    """
    is_by_itself = str(mail.get("Auto-Submitted", "no")).strip().lower() != "no"
    key = _key(f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}")
    if (
        key
        and not is_by_itself
        and str(mail.get("Precedence", "")).lower() not in OF_PROGRAMS
    ):
        sender = mail_policy.mailbox(mail.get("From", ""))
        body = mail.get_body(("plain", "html"))
        text = quoted.new_text(text_of(body) if body is not None else "")[:LONGEST_TEXT]
        told = f"mail:{_name(mail)}"
        yield Heard(
            What.REPLIED, told, key=key, address=sender, text=text, by_mail=True
        )


def _blocks(mail: EmailMessage, kinds: set[str]) -> Iterator[Message]:
    """Yield the groups of fields of a machine's part, also where it is packed for the
    way.
    """
    for part in mail.walk():
        if part.get_content_type() not in kinds:
            continue
        packed = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        payload = part.get_payload()
        if packed in ("base64", "quoted-printable"):
            yield from _unpacked(payload, packed)
        elif isinstance(payload, list):
            yield from (one for one in payload if isinstance(one, Message))
        elif isinstance(payload, str):
            yield message_from_bytes(payload.encode("utf-8", "replace"))


def _unpacked(payload: object, packed: str) -> Iterator[Message]:
    """Some servers encode the part although they must not: read the groups of fields in
    it.
    """
    inner = payload if isinstance(payload, list) else [payload]
    text = "\n".join(
        one.as_string() if isinstance(one, Message) else str(one) for one in inner
    )
    try:
        decode = base64.b64decode if packed == "base64" else quopri.decodestring
        raw = decode(text.encode("ascii", "ignore"))
    except (binascii.Error, ValueError):
        return
    for group in re.split(rb"\r?\n\r?\n", raw):
        yield message_from_bytes(group)


def _is_of_a_recipient(block: Message) -> bool:
    return any(
        name in block
        for name in ("Final-Recipient", "Original-Recipient", "Action", "Status")
    )


def _field(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _diagnosis(block: Message) -> str:
    kind, found, said = _field(block, "Diagnostic-Code").partition(";")
    return said.strip() if found and len(kind) < 40 else f"{kind}{found}{said}"


def _original(mail: EmailMessage) -> Message:
    """Return the headers of the message that the report is about; empty where it holds
    none.
    """
    for part in mail.walk():
        kind, payload = part.get_content_type(), part.get_payload()
        if kind in ORIGINALS and isinstance(payload, list) and payload:
            if isinstance(payload[0], Message) and payload[0].keys():
                return payload[0]
        elif kind in HEADERS:
            inner = payload[0] if isinstance(payload, list) and payload else payload
            said = inner.as_string() if isinstance(inner, Message) else str(inner)
            return message_from_bytes(said.lstrip().encode("utf-8", "replace"))
    return Message()


class _Which(TypedDict):
    message: int | None
    key: str


def _which(mail: EmailMessage, original: Message) -> _Which:
    """Say which message it is about: by the token of its return path, else by a
    Message-ID that nobody can guess.
    """
    if (message := _by_token(mail)) is not None:
        return {"message": message, "key": ""}
    if key := _key(str(original.get("Message-ID", ""))):
        return {"message": _number(original), "key": key}
    for text in texts(mail):  # the original is often quoted as text
        if key := _key(text):
            found = QUOTED_FEEDBACK_ID.search(text)
            return {"message": int(found[1]) if found else None, "key": key}
    return {"message": None, "key": ""}


def _by_token(mail: EmailMessage) -> int | None:
    """Return the message whose return path the report was sent to: a token that nobody
    can guess.
    """
    found = (value for name in RECIPIENTS for value in mail.get_all(name, []))
    for address in mail_policy.mailboxes(*found):
        token = address.partition("@")[0].partition("+")[2]
        try:
            return signing.read_token(BOUNCES, token)[0] if token else None
        except (signing.BadToken, ValueError):
            continue
    return None


def _number(original: Message) -> int | None:
    found = FEEDBACK_ID.match(str(original.get("Feedback-ID", "")))
    return int(found[1]) if found else None


def _key(text: str) -> str:
    found = MESSAGE_ID.search(text)
    return found[1] if found else ""


def _to(original: Message) -> str:
    return mail_policy.mailbox(original.get("To", ""))


def _address(block: Message) -> str:
    """Return the recipient as we wrote to it, else as the server knows it; the type
    before it is often forgotten.
    """
    for name in ("Original-Recipient", "X-Actual-Recipient", "Final-Recipient"):
        kind, found, said = _field(block, name).partition(";")
        if "@" in (address := (said if found else kind).strip("<> ")):
            return address
    return ""


def _name(mail: EmailMessage) -> str:
    """Return what is the same when the same mail comes twice."""
    return sha256(str(mail.get("Message-ID")).encode("utf-8", "replace")).hexdigest()[
        :32
    ]
