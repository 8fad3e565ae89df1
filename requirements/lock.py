"""Write the locks that `make` installs from: `pip install uv`, then `python
requirements/lock.py`.

pyproject.toml says what is wanted. Three files with hashes come of it, each holding
what the ones before it lack: what runs a shop, what the demo adds, what the tests add.
Torch stands apart, by version alone: its builds for one version are many (with CUDA or
without, by index), and a hash would admit only one of them. What only a CUDA build asks
for is left out too; that build brings it along by exact versions.
"""

import re
import subprocess
import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent / "pyproject.toml"
SETS = {
    "run": ["learn", "embedded"],
    "demo": ["learn", "embedded", "demo"],
    "test": ["learn", "embedded", "demo", "test"],
}
APART = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)==")
HEAD = "# Written by requirements/lock.py from pyproject.toml.\n"
BY_HAND = "# All of it without hashes, for whoever installs by hand.\n"


def main() -> None:
    locked: dict[str, str] = {}
    for name, extras in SETS.items():
        entries = {
            one: text for one, text in resolve(extras).items() if not APART.match(one)
        }
        new = [text for one, text in entries.items() if one not in locked]
        (FOLDER / f"{name}.txt").write_text(HEAD + "".join(new))
        locked |= entries
    torch = wanted_torch()
    (FOLDER / "torch.txt").write_text(HEAD + torch + "\n")
    pins = sorted([*locked, torch], key=str.lower)
    (FOLDER.parent / "requirements.txt").write_text(
        HEAD + BY_HAND + "\n".join(pins) + "\n"
    )


def resolve(extras: list[str]) -> dict[str, str]:
    """Return what these extras need on every supported Python: the pinned line, and the
    entry with its hashes.
    """
    command = [
        *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *(
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
            str(PROJECT),
        ),
        *(word for extra in extras for word in ("--extra", extra)),
    ]
    kept = FOLDER / "test.txt"  # what is locked already stays at its version
    command += (
        ["--constraint", str(FOLDER.parent / "requirements.txt")]
        if kept.exists()
        else []
    )
    written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    entries = re.split(r"^(?=\S)", written, flags=re.MULTILINE)[1:]
    return {entry.partition(" \\\n")[0].strip(): entry for entry in entries}


def wanted_torch() -> str:
    extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]
    return next(one for one in extras["learn"] if one.startswith("torch=="))


if __name__ == "__main__":
    main()
