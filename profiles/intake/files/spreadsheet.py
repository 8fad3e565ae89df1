"""Excel workbooks become CSV before they are read, in a process of their own: what a
stranger's file makes of its reader, memory or time, ends with that process.
"""

import resource
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from retention_site.lib.processes.programs import ROOT

from .unreadable import UnreadableFile

MIB = 1 << 20
MOST_UNPACKED = 1_024 * MIB  # of all parts of a workbook
MOST_MEMORY = 3_072 * MIB
MOST_SECONDS = 300
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
WORKBOOK = "xl/workbook.xml"
TOO_LARGE = "holds more than a spreadsheet should; save it as CSV"


@dataclass(frozen=True)
class Converted:
    """A workbook's rows as CSV, under the workbook's name; gone with this object."""

    path: Path
    folder: "tempfile.TemporaryDirectory[str]"


def begins_like_one(path: Path) -> bool:
    """Say whether a file is a zip or an old Excel file by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) in (ZIP, OLD_EXCEL)


def as_csv(path: Path) -> Converted:
    """Write the first sheet that holds rows as CSV; raise `UnreadableFile`."""
    _check(path)
    folder = tempfile.TemporaryDirectory(prefix="rapport-sheet-")
    target = Path(folder.name) / path.name
    command = [sys.executable, "-m", "profiles.intake.files.sheet_rows"]
    try:
        done = subprocess.run(
            [*command, str(path.resolve()), str(target)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
            preexec_fn=_bounded,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(f"{path.name} {TOO_LARGE}.") from error
    if done.returncode:
        said = done.stdout.strip() or TOO_LARGE
        raise UnreadableFile(f"{path.name} {said}.")
    return Converted(target, folder)


def _check(path: Path) -> None:
    """Refuse what is no workbook, and one that would unpack to more than any table holds."""
    try:
        with zipfile.ZipFile(path) as parts:
            sizes = {one.filename: one.file_size for one in parts.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        why = (
            "is an old Excel file; save it as xlsx or CSV"
            if _is_old(path)
            else "is a damaged Excel or zip file"
        )
        raise UnreadableFile(f"{path.name} {why}.") from error
    if WORKBOOK not in sizes:
        raise UnreadableFile(f"{path.name} is a zip file; unpack it first.")
    if sum(sizes.values()) > MOST_UNPACKED:
        raise UnreadableFile(f"{path.name} {TOO_LARGE}.")


def _is_old(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == OLD_EXCEL


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
