"""What a sender's domain must publish so that mailbox providers believe its mail: SPF
(RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), and whether it does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from campaigns.delivery.channels.mail import dkim
from retention_site.lib.security.dns_lookup import NoAnswer

MOST_LOOKUPS = 10  # of one SPF check, RFC 7208, 4.6.4
GOOD, WARN, BAD, UNKNOWN = "good", "warn", "bad", "wait"
Texts = Callable[[str], list[str]]


@dataclass(frozen=True)
class Sender:
    """The domain of the From line and of the envelope, and who signs."""

    domain: str
    envelope: str
    server: str = ""  # that hands mail over; empty: a provider's own
    signer: dkim.Signer | None = None


@dataclass(frozen=True)
class Record:
    """One record: what it should say, what stands there, and what that means."""

    kind: str
    name: str
    wanted: str
    found: str = ""
    tone: str = UNKNOWN
    words: str = ""


def wanted(sender: Sender) -> list[Record]:
    """Return the records to publish, nothing asked yet."""
    server = f"a:{sender.server} " if sender.server else ""
    spf = f"v=spf1 {server}~all" if server else ""
    signer = sender.signer
    key = dkim.record_of(signer.pem) if signer else ""
    name = f"{signer.selector}._domainkey.{signer.domain}" if signer else ""
    return [
        Record("SPF", sender.envelope, spf),
        Record("DKIM", name, key),
        Record(
            "DMARC",
            f"_dmarc.{sender.domain}",
            f"v=DMARC1; p=none; rua=mailto:dmarc@{sender.domain}",
        ),
    ]


def check(sender: Sender, texts: Texts) -> list[Record]:
    """Ask for each record and judge it; a server that does not answer judges nothing."""
    judges = {"SPF": _spf, "DKIM": _dkim, "DMARC": _dmarc}
    return [_checked(one, judges[one.kind], texts) for one in wanted(sender)]


def _checked(
    record: Record, judge: Callable[[Record, Texts], tuple[str, str, str]], texts: Texts
) -> Record:
    try:
        found, tone, words = judge(record, texts)
    except NoAnswer as error:
        words = _("No name server answered (%(why)s): try again.") % {"why": error}
        found, tone = "", UNKNOWN
    return Record(record.kind, record.name, record.wanted, found, tone, words)


def _spf(record: Record, texts: Texts) -> tuple[str, str, str]:
    said = _spf_of(record.name, texts)
    if not said:
        return "", BAD, _("There is none: anybody may send in your name.")
    if len(said) > 1:
        return (
            " | ".join(said),
            BAD,
            _("There are two: none of them counts. Join them."),
        )
    n = _lookups(said[0], texts, seen=set())
    terms = said[0].lower().split()
    if n > MOST_LOOKUPS:
        words = _("It asks for %(n)s names; from 11 on it counts for nothing.")
        return said[0], BAD, words % {"n": n}
    if "+all" in terms or "all" in terms:
        return said[0], BAD, _("It lets everybody send: end it with ~all or -all.")
    if not any(one in ("~all", "-all") or one.startswith("redirect=") for one in terms):
        return said[0], WARN, _("It forbids nobody: end it with ~all or -all.")
    return said[0], GOOD, _("It names who may send.")


def _spf_of(name: str, texts: Texts) -> list[str]:
    return [
        one
        for one in (texts(name) if name else [])
        if one.lower().split(" ", 1)[0] == "v=spf1"
    ]


def _lookups(said: str, texts: Texts, seen: set[str]) -> int:
    """Count the names that a check asks for, those of included records too; it stops
    where the limit is passed.
    """
    n = 0
    for term in said.split()[1:]:
        bare = term.lstrip("+-~?")
        word = bare.lower()
        kind = word.split(":", 1)[0].split("/", 1)[0]
        if kind in ("a", "mx", "ptr", "exists", "include") or word.startswith(
            "redirect="
        ):
            n += 1
        below = bare.partition(":")[2] if kind == "include" else ""
        below = bare.partition("=")[2] if word.startswith("redirect=") else below
        if below and "%" not in below and below.lower() not in seen:
            seen.add(below.lower())
            if len(seen) > MOST_LOOKUPS or n > MOST_LOOKUPS:
                return MOST_LOOKUPS + 1
            n += sum(_lookups(one, texts, seen) for one in _spf_of(below, texts)[:1])
    return n


def _dkim(record: Record, texts: Texts) -> tuple[str, str, str]:
    if not record.wanted:
        words = _("Your provider signs: take the record from its pages.")
        return "", UNKNOWN, words
    found = next((one for one in texts(record.name) if "p=" in one), "")
    if not found:
        return "", BAD, _("There is none: signatures can't be checked.")
    if _tags(found).get("p", "") != _tags(record.wanted)["p"]:
        return found, BAD, _("It holds another key than the one that signs.")
    return found, GOOD, _("It holds the key that signs.")


def _dmarc(record: Record, texts: Texts) -> tuple[str, str, str]:
    said = [one for one in texts(record.name) if one.startswith("v=DMARC1")]
    if not said:
        return "", BAD, _("There is none: Gmail and Yahoo ask for one.")
    if len(said) > 1:
        return (
            " | ".join(said),
            BAD,
            _("There are two: none of them counts. Join them."),
        )
    policy = _tags(said[0]).get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        return said[0], BAD, _("It names no policy: p=none, quarantine or reject.")
    if policy == "none":
        return said[0], WARN, _("It only watches: later say p=quarantine.")
    return said[0], GOOD, _("It says what becomes of mail that is not yours.")


def _tags(said: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in said.split(";"))
    return {name.strip(): "".join(value.split()) for name, _eq, value in pairs}
