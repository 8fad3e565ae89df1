"""One role of a shop in the foreground: what containers and systemd start, one process
tree each, instead of the supervisor.
"""

import os
import subprocess
import sys

from retention_site.lib import embedded
from retention_site.lib.processes.address import Address
from retention_site.lib.processes.folders import empty
from retention_site.lib.processes.programs import ROOT, Program, beat, shop, sinks

SETUP = "setup"
ROLES = (SETUP, "web", "jobs", "send", "triggered", "beat", "sinks")


def start(role: str) -> int:
    """Become the program of a role, so that signals reach it; `setup` migrates and ends."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.umask(0o077)  # what it writes into DATA_DIR concerns customers
    embedded.ensure()
    if role == SETUP:
        command = [sys.executable, "-m", "retention_site.prepare"]
        return subprocess.run(command, cwd=ROOT, check=False).returncode
    program = _programs()[role]
    if program.niceness:
        os.nice(program.niceness)
    os.chdir(ROOT)
    return os.execve(  # noqa: S606  a command of our own
        program.command[0],
        program.command,
        {**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
    )


def _programs() -> dict[str, Program]:
    address = Address.of(os.environ)
    counts = empty(embedded.place().run / "counts")
    every = [*shop(address.port, address.host, counts), sinks(), beat()]
    return {program.name: program for program in every}
