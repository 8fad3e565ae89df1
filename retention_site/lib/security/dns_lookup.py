"""Texts that a domain publishes, asked of the machine's own name servers within a short
time: whoever typed the domain chooses neither the server nor how long we wait.
"""

from __future__ import annotations

import dns.exception
import dns.name
import dns.resolver

SECONDS = 2.0  # one answer
ALL_SECONDS = 4.0  # one question, every server tried
LONGEST = 4_096  # characters of one text that are read
MOST = 20  # texts of one name


class NoAnswer(Exception):
    """No name server said whether the name has a text: one word of why."""


def resolver() -> dns.resolver.Resolver:
    """Return a resolver of the machine's name servers; raise `NoAnswer`."""
    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise NoAnswer("no name server") from error
    found.timeout, found.lifetime = SECONDS, ALL_SECONDS
    found.cache = None  # who changed a record wants to see it
    return found


def texts(name: str, by: dns.resolver.Resolver) -> list[str]:
    """Return the texts of a name, none where it has none; raise `NoAnswer`."""
    try:
        asked = dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_Practical)
        answer = by.resolve(asked, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException as error:
        raise NoAnswer(type(error).__name__) from error
    return [
        b"".join(one.strings).decode("utf-8", "replace")[:LONGEST]
        for one in list(answer)[:MOST]
    ]
