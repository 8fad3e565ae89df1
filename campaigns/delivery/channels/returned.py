"""Read mail that came back: delivery reports (RFC 3464), complaints (RFC 5965), and answers of people. Pure."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from hashlib import sha256
from typing import TypedDict

from campaigns.delivery.channels import mail_policy
from campaigns.delivery.channels.email import BOUNCES
from campaigns.delivery.channels.provider import Heard, Unreadable, What
from campaigns.delivery.channels.smtp import GONE
from retention_site.lib import signing

MOST_BYTES = 1_000_000
LONGEST_TEXT = 2_000
MESSAGE_ID = re.compile(r"<([0-9a-f]{32})@[^<>\s]+>")
FEEDBACK_ID = re.compile(r"\A\s*(\d{1,18}):rapport\s*\Z")
RECIPIENTS = ("to", "delivered-to", "x-original-to", "envelope-to")
QUOTED = re.compile(r"^(>|On .{3,200} wrote:|-{2,}\s*Original|_{5,})", re.MULTILINE)


def heard_in(raw: bytes) -> list[Heard]:
    """Return what a mail tells; nothing for one that tells nothing, such as an absence note. Raise `Unreadable`."""
    if len(raw) > MOST_BYTES:
        raise Unreadable("The mail is too large to be a report.")
    mail = mail_policy.parsed(raw)
    if mail is None:
        raise Unreadable("This is no mail.")
    kind = str(mail.get_param("report-type", "")).lower()
    if mail.get_content_type() == "multipart/report" and kind == "delivery-status":
        return list(_failures(mail))
    if mail.get_content_type() == "multipart/report" and kind == "feedback-report":
        return list(_complaints(mail))
    return list(_reply(mail))


def _failures(mail: EmailMessage) -> Iterator[Heard]:
    original = _original(mail)
    for place, block in enumerate(_blocks(mail, "message/delivery-status")):
        action = str(block.get("Action", "")).strip().lower()
        if action not in ("failed", "delivered"):
            continue  # a delay is no end, an expansion no news
        status = str(block.get("Status", "")).strip()
        said = str(block.get("Diagnostic-Code", "")).partition(";")[2].strip()
        yield Heard(
            what=What.BOUNCED if action == "failed" else What.DELIVERED,
            event_id=f"mail:{_name(mail)}:{place}",
            **_which(mail, original),
            address=_address(block),
            detail=f"{status} {said}".strip()[:500],
            is_lasting=action == "failed" and bool(GONE.match(status)),
        )


def _complaints(mail: EmailMessage) -> Iterator[Heard]:
    original = _original(mail)
    for block in _blocks(mail, "message/feedback-report"):
        kind = str(block.get("Feedback-Type", "abuse")).strip().lower()
        if kind == "not-spam":
            continue
        yield Heard(
            what=What.COMPLAINED,
            event_id=f"mail:{_name(mail)}",
            **_which(mail, original),
            address=str(block.get("Original-Rcpt-To", "")).strip("<> ") or _mailbox(original.get("To", "")),
            detail=f"{kind}, told by {block.get('User-Agent', 'a mailbox provider')}"[:500],
        )


def _reply(mail: EmailMessage) -> Iterator[Heard]:
    """A person's answer to a message of ours; programs that answer by themselves say so (RFC 3834)."""
    is_by_itself = str(mail.get("Auto-Submitted", "no")).strip().lower() != "no"
    key = _key(f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}")
    if key and not is_by_itself and str(mail.get("Precedence", "")).lower() not in ("bulk", "junk", "auto_reply"):
        sender = _mailbox(mail.get("From", ""))
        yield Heard(What.REPLIED, f"mail:{_name(mail)}", key=key, address=sender, text=_text(mail))


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body is not None else ""
    except (LookupError, UnicodeError):
        return ""
    return QUOTED.split(text, maxsplit=1)[0].replace("\0", "").strip()[:LONGEST_TEXT]


def _blocks(mail: EmailMessage, kind: str) -> Iterator[Message]:
    for part in mail.walk():
        if part.get_content_type() == kind:
            payload = part.get_payload()
            if isinstance(payload, list):
                yield from (one for one in payload if isinstance(one, Message))
            elif isinstance(payload, str):
                yield message_from_bytes(payload.encode("utf-8", "replace"))


def _original(mail: EmailMessage) -> Message:
    """Return the headers of the message that the report is about; empty where it holds none."""
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], Message):
                return payload[0]
        if part.get_content_type() == "text/rfc822-headers":
            return message_from_bytes(str(part.get_payload()).encode("utf-8", "replace"))
    return Message()


class _Which(TypedDict):
    message: int | None
    key: str


def _which(mail: EmailMessage, original: Message) -> _Which:
    """Say which message it is about: by the token of its return path, else by a Message-ID that nobody can guess."""
    if (message := _by_token(mail)) is not None:
        return {"message": message, "key": ""}
    key = _key(str(original.get("Message-ID", "")))
    return {"message": _number(original) if key else None, "key": key}


def _by_token(mail: EmailMessage) -> int | None:
    """Return the message whose return path the report was sent to: a token that nobody can guess."""
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


def _mailbox(header: object) -> str:
    return next(iter(mail_policy.mailboxes(header)), "")


def _address(block: Message) -> str:
    said = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return said.partition(";")[2].strip("<> ")


def _name(mail: EmailMessage) -> str:
    """Return what is the same when the same mail comes twice."""
    return sha256(str(mail.get("Message-ID")).encode("utf-8", "replace")).hexdigest()[:32]
