"""Run all local sinks in one process until it is told to stop."""

import asyncio
import fcntl
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from campaigns.delivery.sinks import ports, smtp
from campaigns.delivery.sinks.http import Gateway, Request
from campaigns.delivery.sinks.log import CHANNELS, SinkLog


class AlreadyRunning(Exception):
    """Another process serves the sinks of this shop."""


def run(
    said: Callable[[ports.Ports], None],
    mailbox: type[smtp.Mailbox] = smtp.Mailbox,
    request: type[Request] = Request,
) -> None:
    """Serve until SIGTERM or SIGINT; ``said`` is called once both ports listen."""
    folder = ports.folder()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        logs = {channel: SinkLog(folder, channel) for channel in CHANNELS}
        for_mail, for_http = ports.bind_both()
        gateway = Gateway(for_http, logs, request)
        threading.Thread(target=gateway.serve_forever, daemon=True).start()
        said(ports.read())
        asyncio.run(_serve_mail(for_mail, mailbox(logs["email"])))
        gateway.shutdown()


async def _serve_mail(listener: socket.socket, mailbox: smtp.Mailbox) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await smtp.serve(listener, mailbox)
    await stop.wait()
    server.close()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning("The sinks of this shop are running already.") from None
        yield
