"""DKIM: one signature of a letter of 9 kB by RSA-2048 and by Ed25519, against dkimpy,
in processor time.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import django
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from benchmarks.figures import Figure

N = 300


def measure() -> Iterator[Figure]:
    """Sign the same letter with each key."""
    django.setup()
    import dkim as kept

    from campaigns.delivery.channels.email import letter
    from campaigns.delivery.channels.line import Outgoing
    from campaigns.delivery.channels.mail.dkim import Signer
    from retention_site.lib.clock import real_now

    raw, moment = (
        letter(
            Outgoing(
                1, "0" * 32, "a@x.example", subject="x", text="x" * 800, html="y" * 5200
            )
        ),
        real_now(),
    )
    old = rsa.generate_private_key(65537, 2048)
    keys: dict[str, Any] = {
        "RSA-2048": old,
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    }
    pems = {
        name: key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        for name, key in keys.items()
    }
    plain = old.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    relaxed = (b"relaxed", b"relaxed")
    theirs = _each(
        lambda: kept.sign(raw, b"s", b"x.example", plain, canonicalize=relaxed), N // 10
    )
    for name, pem in pems.items():
        signer = Signer("x.example", "s", pem.decode())
        ours = _each(partial(signer.signature, raw, moment), N)
        yield Figure(
            f"DKIM signature of a letter, {name}",
            ours,
            "ms",
            theirs,
            "ms for RSA-2048 by dkimpy",
        )


def _each(step: Callable[[], object], n: int) -> float:
    """Return the processor time of one step in milliseconds."""
    step()
    started = time.process_time()
    for _ in range(n):
        step()
    return (time.process_time() - started) / n * 1000
