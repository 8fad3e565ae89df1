"""Take a second real shop end to end, and set the product's sums beside plain SQL's on
the raw file.

python -m tests.second_shop onlineretail.parquet [FOLDER]

Runs in a shop of its own (FOLDER, else a temporary one that is removed): import,
history, learning, scores, lists, portraits, a segment, the RFM and sales pages. Takes
some minutes. Exit 1 on any difference.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.second_shop import retail

HOME = Path(__file__).parents[2]
SHOP = {
    "SHOP_CLOCK": f"{retail.UNTIL}T00:00:00+00:00",
    "SHOP_TIME_ZONE": "Europe/London",
    "SHOP_CURRENCY": "GBP",
    "SHOP_COUNTRY": "GB",
    "DJANGO_SETTINGS_MODULE": "retention_site.settings",
}
SMALL = 0.01  # of any sum: money is added up in floating point


def main(raw: Path, folder: Path) -> int:
    """Return 1 where any of the product's sums is another than the plain one."""
    os.environ.update(SHOP, DATA_DIR=str(folder))
    plain, paths = retail.sums(raw), retail.write_files(raw, folder / "files")
    for kind in ("customers", "items", "consents", "events", "guests"):
        said = take_in(kind, paths[kind])
        print(
            kind,
            {
                name: said[name]
                for name in ("read", "stored", "quarantined", "reasons", "failed")
                if name in said
            },
        )
    for card in manage("learn")["cards"]:
        print(
            card["model"],
            "in use" if card["promoted"] else f"not in use: {card['why']}",
        )
    n_wrong = beside(of_the_shop(plain)) + learned(folder)
    print("all agree" if not n_wrong else f"{n_wrong} differ")
    return int(n_wrong > 0)


def take_in(kind: str, path: Path) -> dict[str, Any]:
    """Import a file; guests are events without a customer."""
    is_guests = kind == "guests"
    words = (
        "import_data",
        "events" if is_guests else kind,
        str(path),
        "--source",
        "till",
    )
    return manage(*words, may_fail=is_guests)


def of_the_shop(plain: dict[str, float]) -> Iterable[tuple[str, float, float]]:
    import django

    django.setup()
    from profiles import history
    from tests.second_shop import ours

    history.refresh()  # the portraits that were just drawn are in it
    yield from ours.of_the_history(plain)
    yield from ours.of_portraits(plain)


def beside(found: Iterable[tuple[str, float, float]]) -> int:
    """Print a table and return how many differ."""
    n_wrong = 0
    print(f"\n{'':48} {'Rapport':>16} {'plain SQL':>16}")
    for what, ours, plain in found:
        is_same = abs(ours - plain) < SMALL
        n_wrong += not is_same
        print(f"{what:48} {ours:16,.2f} {plain:16,.2f} {'' if is_same else 'DIFFERS'}")
    return n_wrong


def learned(folder: Path) -> int:
    """Score what customers are worth, and see that nothing is offered for what was sent
    back; return what is wrong.
    """
    n_wrong = 0
    said = manage("score", "value", "--out", str(folder / "value.csv"), may_fail=True)
    n_wrong += "n" not in said
    print(f"\nscore value: {said.get('n', said)}")
    manage("recommend", "--k", "10", "--out", str(folder / "lists.csv"))
    rows = (folder / "lists.csv").read_text().splitlines()
    again = [
        row
        for row in rows
        if row.startswith("12346,") and "bought" in row and "ago" in row
    ]
    print(
        f"offered to customer 12346 as bought before: {len(again)} of"
        f" {sum(r.startswith('12346,') for r in rows)}"
    )
    return n_wrong + len(again)


def manage(*words: str, may_fail: bool = False) -> dict[str, Any]:
    """Run a command of the product and return what it answers."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words, "--json"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and may_fail:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not Path(sys.argv[1]).exists():
        sys.exit(__doc__)
    place = (
        Path(sys.argv[2])
        if len(sys.argv) == 3
        else Path(tempfile.mkdtemp(prefix="rapport-second-"))
    )
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o711)  # the database's account must be able to pass through
    try:
        code = main(Path(sys.argv[1]), place)
    finally:
        subprocess.run([sys.executable, "bootstrap.py", "stop"], cwd=HOME, check=False)
        if len(sys.argv) == 2:
            shutil.rmtree(place, ignore_errors=True)
    sys.exit(code)
