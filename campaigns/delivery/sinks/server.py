"""Run all local sinks until told to stop."""

import asyncio
import fcntl
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from campaigns.delivery.sinks import ports, smtp
from campaigns.delivery.sinks.http import Gateway, Request
from campaigns.delivery.sinks.log import SinkLog, channels
from retention_site.lib.security import private_files


class AlreadyRunning(Exception):
    """Another process serves the sinks of this shop."""


def run(
    said: Callable[[ports.Ports], None],
    mailbox: type[smtp.Mailbox] = smtp.Mailbox,
    request: type[Request] = Request,
) -> None:
    """Serve until SIGTERM or SIGINT; ``said`` is called once both ports listen."""
    endings = {signal.SIGTERM, signal.SIGINT}
    # before any thread starts, so that none of them takes it
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    with serving(mailbox, request) as listening:
        said(listening)
        signal.sigwait(endings)


@contextmanager
def serving(
    mailbox: type[smtp.Mailbox] = smtp.Mailbox, request: type[Request] = Request
) -> Iterator[ports.Ports]:
    """Serve in threads of this process while the context lasts."""
    folder = ports.folder()
    private_files.folder(folder)
    with _alone(folder):
        logs = {channel: SinkLog(folder, channel) for channel in channels()}
        for_mail, for_http = ports.bind_both()
        gateway = Gateway(for_http, logs, request)
        threading.Thread(
            target=gateway.serve_forever, args=(0.05,), daemon=True
        ).start()
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(
            smtp.serve(for_mail, mailbox(logs["email"])), loop
        ).result()
        try:
            yield ports.read()
        finally:
            asyncio.run_coroutine_threadsafe(_hang_up(server), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            gateway.shutdown()
            gateway.server_close()
            for log in logs.values():
                log.close()


async def _hang_up(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                "The sinks of this shop are running already."
            ) from None
        yield
