"""What the sinks took: one JSON object a line in DATA_DIR/sinks/<channel>.jsonl. The
checker believes only this.

Every line has ``at`` (real time), ``channel``, ``key`` (Message-ID or idempotency key),
``ref`` and ``to``; e-mail has ``from`` and ``raw`` (the message as latin-1 text, so
that every byte survives), web push ``headers`` and ``raw`` (what only the browser can
decrypt), the others ``body``, the JSON sent.
"""

import errno
import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from pathlib import Path
from typing import Any

from campaigns.delivery.sinks import ports
from retention_site.lib import registry
from retention_site.lib.security import private_files


def channels() -> list[str]:
    """Return the channels that have a log: every one that is plugged in."""
    return registry.keys("channels")


class SinkLog:
    """The log of one channel. Remembers every key, so that a second request with the
    same one is known.
    """

    def __init__(self, folder: Path, channel: str) -> None:
        private_files.folder(folder)
        self.channel, self.path, self.lock = (
            channel,
            folder / f"{channel}.jsonl",
            threading.Lock(),
        )
        self._mend()
        self.refs: dict[str, str] = {
            line["key"]: line.get("ref", "") for line in read(channel, folder)
        }
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.n = len(self.refs)

    def take(self, key: str, **facts: Any) -> str:
        """Write one message down, then return its reference; written means: a kill
        right after loses nothing.
        """
        with self.lock:
            self.n += 1
            ref = f"{self.channel}-{self.n}-{os.getpid()}"
            line = {
                "at": datetime.now(UTC).isoformat(),
                "channel": self.channel,
                "key": key,
                "ref": ref,
                **facts,
            }
            self._append(json.dumps(line, ensure_ascii=True).encode() + b"\n")
            self.refs[key] = ref
            return ref

    def take_once(self, key: str, **facts: Any) -> str:
        """Like `take`, but the same key again is the same message."""
        with self.lock:
            known = self.refs.get(key)
        return known if known is not None and key else self.take(key, **facts)

    def close(self) -> None:
        os.close(self.file)

    def has(self, key: str) -> bool:
        return key in self.refs

    def _append(self, line: bytes) -> None:
        """Write the whole line or none of it; raise `OSError` when the disk is full."""
        written = os.write(self.file, line)
        if written < len(line):
            os.ftruncate(self.file, os.fstat(self.file).st_size - written)
            raise OSError(errno.ENOSPC, "the disk is full")

    def _mend(self) -> None:
        """Cut off half a line that a kill left behind: it was never answered."""
        try:
            with self.path.open("rb+") as file:
                content = file.read()
                file.truncate(content.rfind(b"\n") + 1)
        except FileNotFoundError:
            return


def read(channel: str, folder: Path | None = None) -> Iterator[dict[str, Any]]:
    """Yield what a sink took, oldest first; half a line at the end is still being
    written and is left out.
    """
    path = (folder or ports.folder()) / f"{channel}.jsonl"
    try:
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield json.loads(line)
    except FileNotFoundError:
        return


def mail(line: dict[str, Any]) -> EmailMessage:
    """Parse a line of the e-mail log."""
    parsed = message_from_bytes(line["raw"].encode("latin-1"), policy=modern)
    assert isinstance(parsed, EmailMessage)  # noqa: S101  what the modern policy makes
    return parsed
