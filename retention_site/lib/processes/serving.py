"""Run one shop: servers, web, workers, beat and sinks, with or without the demo; and
end what is left of it.
"""

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retention_site.lib import embedded, environment
from retention_site.lib.embedded import postgres, valkey
from retention_site.lib.embedded.places import Place
from retention_site.lib.processes.address import Address
from retention_site.lib.processes.folders import empty
from retention_site.lib.processes.identity import end
from retention_site.lib.processes.leftovers import end_leftovers
from retention_site.lib.processes.memory import Peak
from retention_site.lib.processes.programs import ROOT, manage, shop
from retention_site.lib.processes.supervisor import GaveUpError, Supervisor

DEMO_SETTINGS = ROOT / "campaigns" / "demo" / "shop.env"
DONE, FAILED, WRONG_SETTINGS, INTERRUPTED = 0, 1, 2, 130


def serve(address: Address, *, with_demo: bool = False, stays: bool = True) -> int:
    """Run the shop of DATA_DIR until a signal ends it, or with `stays=False` until the
    demo has ended; exit code.
    """
    place = embedded.place()
    place.prepare()
    if with_demo:
        _take_demo_settings(place)
    with _alone(place) as is_first:
        if not is_first:
            return _use_what_runs(place, with_demo)
        end_leftovers(place.records)
        _refuse_used(address)
        were_running = postgres.is_ready(place) or valkey.is_ready(place)
        try:
            return _serve(place, address, with_demo, stays)
        finally:
            if not were_running:
                embedded.stop()


def stop() -> list[str]:
    """End everything of this shop that still runs, its servers too; return what was
    found.
    """
    place = embedded.place()
    names = end_leftovers(place.records) + [
        name for name, _identity in place.records.all()
    ]
    embedded.stop()
    return sorted(set(names))


def _serve(place: Place, address: Address, with_demo: bool, stays: bool) -> int:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ["PORT"] = str(address.port)
    embedded.ensure()
    prepare = [sys.executable, "-m", "retention_site.prepare"]
    if subprocess.run(
        prepare, cwd=ROOT, start_new_session=True, check=False
    ).returncode:
        return FAILED
    web, *others = shop(address.port, address.host, empty(place.run / "counts"))
    with Supervisor(place.records, place.logs, embedded.start) as supervisor:
        supervisor.start([web])
        supervisor.watch(until=address.answers)
        if supervisor.is_ending:
            return INTERRUPTED
        _say_address(place, address)
        supervisor.start(others)
        code = _demo(supervisor) if with_demo else DONE
        if stays:
            supervisor.watch()
        return code


def _demo(supervisor: Supervisor) -> int:
    """Run the main job while the rest is watched; its exit code."""
    process = subprocess.Popen(
        manage("demo"), cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True
    )
    identity = supervisor.records.write("demo", process.pid)
    peak = Peak(supervisor.records)

    def has_ended() -> bool:
        peak.look()
        return process.poll() is not None

    supervisor.watch(until=has_ended)
    if process.poll() is None and identity is not None:
        end([identity])
    supervisor.records.forget("demo")
    print(peak.say(), file=sys.stderr, flush=True)
    return INTERRUPTED if supervisor.is_ending else process.wait()


@contextmanager
def _alone(place: Place) -> Iterator[bool]:
    """Say whether no other supervisor runs this shop, and keep others out; the system
    lets go when we die.
    """
    with (place.run / "supervisor.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _use_what_runs(place: Place, with_demo: bool) -> int:
    address = _address_file(place)
    print(
        f"Rapport already runs for {place.data}:"
        f" {address.read_text() if address.exists() else 'it is starting'}"
    )
    print("`make stop` ends it.", flush=True)
    return (
        subprocess.run(manage("demo"), cwd=ROOT, check=False).returncode
        if with_demo
        else DONE
    )


def _refuse_used(address: Address) -> None:
    try:
        address.try_to_bind()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = f"choose a free one with PORT={address.port + 1}"
            raise GaveUpError(f"Port {address.port} is in use; {other}.") from error
        raise GaveUpError(
            f"Nobody can listen on {address} here ({error.strerror}); check BIND and"
            " PORT."
        ) from error


def _take_demo_settings(place: Place) -> None:
    """Make an empty DATA_DIR the demo shop: its clock, zone and currency. Never turn
    another shop into it.
    """
    kept, wanted = place.data / "shop.env", DEMO_SETTINGS.read_text()
    if kept.exists() and kept.read_text().splitlines()[:1] == wanted.splitlines()[:1]:
        # it is the demo shop already; its owner may have changed a line below the first
        return
    if kept.exists() or (place.data / postgres.NAME).exists():
        raise GaveUpError(
            f"{place.data} holds a shop already; give the demo a folder of its own:"
            " DATA_DIR=.demo."
        )
    kept.write_text(wanted)


def _say_address(place: Place, address: Address) -> None:
    """Say where the server really listens, where others reach it, and what a real host
    still lacks.
    """
    here, public = f"{address.url}/admin/", os.environ.get("BASE_URL", "").rstrip("/")
    password = place.data / "admin_password"
    known = password.read_text() if password.exists() else "as you set it"
    _address_file(place).write_text(here)
    facts = {
        "Rapport is up": here,
        "listens on": str(address),
        "reached as": f"{public}/admin/" if public else "",
        "user": "admin",
        "password": known,
        "logs": str(place.logs),
    }
    lines = [f"{what:<16}{value}" for what, value in facts.items() if value]
    notes = [f"note: {hint}" for hint in environment.hints(os.environ)]
    print(
        "\n"
        + "".join(f"  {line}\n" for line in [*lines, *notes, "", "Ctrl-C ends it."]),
        flush=True,
    )


def _address_file(place: Place) -> Path:
    return place.run / "address"
