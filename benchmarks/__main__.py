"""Run every benchmark, or the ones named, each in a process of its own, and print one
table.

    make bench ONLY=start,send

A benchmark is one file in this folder, or in one of its `ROOMS`, with `measure() ->
Iterable[Figure]` and a docstring that says what is measured on what data. It runs in an
empty DATA_DIR of its own, with full durability.
"""

import importlib
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure

HERE = Path(__file__).parent
RUNNER = frozenset({"__init__", "__main__", "figures"})
ROOMS = ("", "learning", "proof")
FAILED = Figure("failed, see above", 0.0, "")


def names() -> list[str]:
    """Return every benchmark there is."""
    return sorted(_modules())


def _modules() -> dict[str, str]:
    """Return the module of each benchmark; a name says nothing of its room."""
    found = {path.stem: path for room in ROOMS for path in (HERE / room).glob("*.py")}
    return {
        name: ".".join(path.relative_to(HERE.parent).with_suffix("").parts)
        for name, path in found.items()
        if name not in RUNNER
    }


def main(wanted: list[str]) -> int:
    """Print one table; exit code 1 if a benchmark failed, 2 if there is none of that
    name.
    """
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(
            f"There is no benchmark {', '.join(unknown)}; there are:"
            f" {', '.join(names())}.",
            file=sys.stderr,
        )
        return 2
    results = {name: _run(name) for name in wanted or names()}
    print(
        f"\n{os.cpu_count()} cores, {_memory_gib():.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}\n"
    )
    print(_row("benchmark", "figure", "value", "unit", "against", "ratio"))
    for name, figures in results.items():
        for figure in figures:
            print(_say(name, figure))
    return 1 if any(FAILED in figures for figures in results.values()) else 0


def _run(name: str) -> list[Figure]:
    """Run one benchmark in a fresh process and a fresh folder; `FAILED` stands behind
    what it measured before.
    """
    print(f"{name} …", file=sys.stderr, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="rapport-bench-"))
    folder.chmod(0o711)  # the database's account must be able to pass through
    # everybody is written to
    environment = {**os.environ, "DATA_DIR": str(folder), "GLOBAL_HOLDOUT": "0"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--one", name],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        figures = [Figure.from_line(line) for line in done.stdout.splitlines()]
        return figures if done.returncode == 0 else [*figures, FAILED]
    finally:
        stop = [sys.executable, "-m", "retention_site.lib.processes", "stop"]
        subprocess.run(stop, env=environment, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder, ignore_errors=True)


def _measure(name: str) -> None:
    """Print the figures of one benchmark and its peak memory, one JSON line each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retention_site.settings")
    for figure in importlib.import_module(_modules()[name]).measure():
        print(figure.line(), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )
    print(
        Figure("peak memory of the process", round(peak, 1), "MiB").line(), flush=True
    )


def _say(name: str, figure: Figure) -> str:
    ratio = f"{figure.value / figure.baseline:.3g}" if figure.baseline else ""
    against = (
        f"{figure.baseline:,.4g} {figure.baseline_is}".strip()
        if figure.baseline is not None
        else ""
    )
    return _row(name, figure.what, f"{figure.value:,.4g}", figure.unit, against, ratio)


def _row(*cells: str) -> str:
    return "  ".join(
        f"{cell:<{width}}"
        for cell, width in zip(cells, (12, 52, 12, 10, 34, 8), strict=True)
    ).rstrip()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        _measure(sys.argv[2])
    else:
        sys.exit(main(sys.argv[1:]))
