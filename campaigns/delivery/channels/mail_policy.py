"""How mail from strangers is parsed: each header cut to a bound, and none able to stop
the reader.

The standard library's header parser works by recursion and copies the rest of the
header at each step, so a long header costs its length squared, and a header of brackets
ends it with a RecursionError.
"""

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import EmailPolicy
from email.utils import getaddresses
from hashlib import sha256
from typing import Any, cast

LONGEST_HEADER = 1_000  # characters; RFC 5322 allows 998 in one line
MOST_HEADERS = 20  # of one name
DEEPEST = 20  # parts inside parts; a report has three


class CautiousPolicy(EmailPolicy):
    """The library's policy for mail whose headers may be hostile."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Return the header parsed; as plain text where the library can't read it."""
        said = value[:LONGEST_HEADER]
        try:
            return super().header_fetch_parse(name, said)
        except Exception:  # noqa: BLE001  the library raises whatever its parser stumbles over
            return said


CAUTIOUS = CautiousPolicy()


def parsed(raw: bytes) -> EmailMessage | None:
    """Return the mail, None for one that can't be read or holds parts inside parts
    without end.
    """
    try:
        mail = message_from_bytes(raw, policy=CAUTIOUS)
        depth = _depth(mail)
    except RecursionError:
        return None
    if depth > DEEPEST or not mail.keys():
        return None
    # what names it: writing it out again would cost its square
    if not mail.get("Message-ID"):
        mail["Message-ID"] = f"<{sha256(raw).hexdigest()}@unnamed.invalid>"
    return cast(EmailMessage, mail)


def mailboxes(*headers: object) -> list[str]:
    """Return the addresses in headers; none of one that can't be read."""
    said = [str(one)[:LONGEST_HEADER] for one in headers[:MOST_HEADERS]]
    try:
        return [address for _name, address in getaddresses(said)]
    except RecursionError:  # brackets within brackets
        return []


def mailbox(header: object) -> str:
    """Return the first address in a header, or nothing."""
    return next(iter(mailboxes(header)), "")


def _depth(mail: Message) -> int:
    """Return how many levels of parts there are, without recursion."""
    level, parts = 0, [mail]
    while parts and level <= DEEPEST:
        inner = (part.get_payload() for part in parts if part.is_multipart())
        parts = [
            one for payload in inner for one in payload if isinstance(one, Message)
        ]
        level += 1
    return level
