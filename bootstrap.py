#!/usr/bin/env python3
"""Set Rapport up on a bare machine and run it: the words that `make` takes, for
machines without make.

Standard library only. Makes `.venv`, installs what the word needs from the locks in
requirements/ when they changed, and hands over to the program inside.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("RAPPORT_VENV") or ROOT / ".venv")
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
OLDEST, NEWEST = (3, 11), (3, 13)
LOCKS = ROOT / "requirements"
ORACLES = ROOT / "tests" / "oracles.txt"
# a shop needs no test tools and no demo
SHOP, DEMO, TESTS = ["run"], ["run", "demo"], ["run", "demo", "test"]

HELP = """\
Rapport: from what customers did to messages whose effect is measured.

  make demo     set up, serve the admin, run the main job on the demo shop   (SERVE=0 ends after the report)
  make run      set up and serve: web, workers, beat, sinks                  (PORT=8000)
  make stop     end what is left running of this DATA_DIR
  make test     set up, then the whole test suite                            (ARGS="tests/setup -x")
  make check    ruff, mypy, import contracts, declared packages, Django's deployment checks, no missing migration
  make bench    every benchmark, one table                                   (ONLY=recommend,send)
  make soak     the fault suite at full size

Without make: python3 bootstrap.py demo, and so on. DATA_DIR (default .data) holds one shop. README.md says the rest.
"""


def main(words: list) -> int:
    word = words[0] if words else "help"
    if word not in WORDS:
        print(f"There is no word {word!r}.\n\n{HELP}", file=sys.stderr)
        return 2
    if os.environ.get("DATA_DIR"):
        # we leave this folder
        os.environ["DATA_DIR"] = str(
            Path(os.environ["DATA_DIR"]).expanduser().absolute()
        )
    return WORDS[word]()


def show_help() -> int:
    print(HELP, end="")
    return 0


def run() -> int:
    return hand_over(SHOP, "-m", "retention_site.lib.processes", "run")


def demo() -> int:
    return hand_over(DEMO, "-m", "retention_site.lib.processes", "demo")


def stop() -> int:
    """Works without `.venv` too: what ends processes needs the standard library only."""
    python = str(PYTHON) if PYTHON.exists() else supported_python()
    return subprocess.call(
        [python, "-m", "retention_site.lib.processes", "stop"], cwd=str(ROOT)
    )


def test() -> int:
    set_up(TESTS)
    extra = os.environ.get("ARGS", "").split()
    # else long ones come last
    side_by_side = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    return in_venv(
        "-m", "pytest", *side_by_side, "-m", "not soak", "-q", "-rfEs", *extra
    )


def soak() -> int:
    set_up(TESTS)
    os.environ["RAPPORT_SOAK"] = "1"
    return in_venv(
        "-m",
        "pytest",
        "-m",
        "soak",
        "-q",
        "-rfEs",
        "--timeout",
        "3600",
        *os.environ.get("ARGS", "").split(),
    )


def bench() -> int:
    return hand_over(
        TESTS, "-m", "benchmarks", *os.environ.get("ONLY", "").replace(",", " ").split()
    )


def check() -> int:
    """Run every check even when an earlier one fails; 1 if any did."""
    set_up(TESTS)
    secure = {
        "BASE_URL": "https://rapport.example",
        "SHOP_URL": "https://shop.example",
        "TRUSTED_PROXIES": "127.0.0.1",
        "SECRET_KEY": hashlib.sha256(b"check").hexdigest() + "-Not-A-Secret",
    }
    results = [
        in_venv("-m", "ruff", "check", "."),
        in_venv("-m", "ruff", "format", "--check", "-q", "."),
        in_venv("-m", "mypy"),
        subprocess.call([str(VENV / "bin" / "lint-imports")], cwd=str(ROOT)),
        in_venv("requirements/declared.py"),
        in_venv("manage.py", "check", "--deploy", "--fail-level", "WARNING", **secure),
        in_venv(
            "-W",
            "ignore::RuntimeWarning",
            "manage.py",
            "makemigrations",
            "--check",
            "--dry-run",
        ),
    ]
    return 1 if any(results) else 0


def set_up(sets: list) -> None:
    """Make the environment and install these sets of packages, unless they are there
    already.
    """
    python = supported_python()
    wanted = {name: fingerprint(name, python) for name in sets}
    if PYTHON.exists() and wanted.items() <= installed().items():
        return
    if not environment_fits(python):
        make_environment(python)
    install(sets)
    STAMP.write_text("".join(f"{name} {mark}\n" for name, mark in wanted.items()))


def installed() -> dict:
    """Return the fingerprint of each set that was installed; an older stamp names none."""
    lines = STAMP.read_text().splitlines() if STAMP.exists() else []
    return dict(line.split() for line in lines if line.count(" ") == 1)


def supported_python() -> str:
    """Return a Python that Rapport runs on: this one, or another that is installed."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    this = ".".join(str(number) for number in sys.version_info[:2])
    sys.exit(
        f"Rapport needs Python 3.11, 3.12 or 3.13, and this is {this}; install one of"
        " them."
    )


def version_of(python: str) -> str:
    words = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return (
            subprocess.run(
                words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
            )
            .stdout.decode()
            .strip()
        )
    except OSError:
        return ""


def fingerprint(name: str, python: str) -> str:
    lists = [
        LOCKS / f"{name}.txt",
        LOCKS / "torch.txt",
        *([ORACLES] if name == "test" else []),
    ]
    parts = [*(path.read_bytes() for path in lists), version_of(python).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def environment_fits(python: str) -> bool:
    return PYTHON.exists() and version_of(str(PYTHON)) == version_of(python)


def make_environment(python: str) -> None:
    if subprocess.call(
        [python, "-c", "import venv, ensurepip"], stderr=subprocess.DEVNULL
    ):
        sys.exit(
            "Python's venv module is missing; install it (Debian, Ubuntu: apt-get"
            " install python3-venv)."
        )
    say(f"Making {VENV}")
    if subprocess.call([python, "-m", "venv", "--clear", str(VENV)]):
        sys.exit(f"{VENV} could not be made; is the disk full?")


def install(sets: list) -> None:
    """Install the locks, which are whole and name every file by its hash; then torch,
    which pip chooses a build of.
    """
    say(
        f"Installing {', '.join(sets)} from {LOCKS.name}/ (some minutes the first time)"
    )
    locks = [word for name in sets for word in ("-r", str(LOCKS / f"{name}.txt"))]
    steps = [
        ["--no-deps", "--require-hashes", *locks],
        ["-r", str(LOCKS / "torch.txt")],
    ]
    if "test" in sets:
        steps.append(["--no-deps", "--require-hashes", "-r", str(ORACLES)])
    for step in steps:
        if in_venv(
            "-m",
            "pip",
            "install",
            "--no-input",
            "--disable-pip-version-check",
            "--quiet",
            *step,
        ):
            sys.exit(
                "The packages could not be installed; the lines above say why. Run the"
                " same command again."
            )


def in_venv(*words: str, **environment: str) -> int:
    return subprocess.call(
        [str(PYTHON), *words], cwd=str(ROOT), env=dict(os.environ, **environment)
    )


def hand_over(sets: list, *words: str) -> int:
    """Become the program, so that signals reach it and nobody else."""
    set_up(sets)
    os.chdir(str(ROOT))
    return os.execv(str(PYTHON), [str(PYTHON), *words])  # noqa: S606


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


WORDS = {
    "help": show_help,
    "demo": demo,
    "run": run,
    "stop": stop,
    "test": test,
    "check": check,
    "bench": bench,
    "soak": soak,
}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"{error.filename or ROOT}: {error.strerror}")
