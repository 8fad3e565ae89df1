"""Plant errors into texts about real products and say how many the fact check finds.

    python -m benchmarks.planted_errors --catalogue onlineretail.parquet \\
        --title Description --price UnitPrice --half c --n 320

The parts `a` and `b` were looked at while the check was made, `c` was not: report `c`.
`--write FOLDER` keeps the lines and where their errors stand.
"""

from __future__ import annotations

import argparse
import json
import random
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import yaml

from benchmarks.planted_errors import catalogue
from benchmarks.planted_errors.facts_drawn import draw
from benchmarks.planted_errors.planting import CLASSES, Planted, plant, right
from campaigns.copy.fact_check.check import check
from campaigns.copy.fact_check.facts import read
from campaigns.stats.comparisons.guardrails import wilson

HERE = Path(__file__).parent
FILES = {"en": "english", "zh-hans": "chinese"}


def main() -> None:
    options = _options()
    rows = catalogue.read(options.catalogue, options.title, options.price, 400)
    for language in FILES:
        words = yaml.safe_load(
            (HERE / f"{FILES[language]}_{options.half}.yaml").read_text()
        )
        if "products" in words:
            rows = [
                (name, Decimal(random.Random(name).randrange(1900, 39900, 10)) / 100)
                for name in words["products"]
            ]
        rng = random.Random(f"{options.seed} {language} {options.half}")
        lines = made(rng, language, words, rows, options.n)
        report(language, lines, shows=options.show)
        if options.write:
            _write(options.write / f"{language}_{options.half}.jsonl", lines)


def made(
    rng: random.Random,
    language: str,
    words: dict[str, Any],
    rows: list[tuple[str, Decimal]],
    n: int,
) -> list[tuple[dict[str, Any], Planted]]:
    """Return ``n`` texts of each class, and as many right ones as all of them."""
    lines = []
    for kind in CLASSES:
        n_made = 0
        while n_made < n:
            drawn = draw(rng, language, words, rows)
            planted = plant(rng, kind, drawn, words)
            if planted:
                lines.append((drawn.line(f"{kind}-{n_made}", planted.text), planted))
                n_made += 1
    for i in range(n * len(CLASSES)):
        drawn = draw(rng, language, words, rows)
        planted = right(rng, drawn, words)
        lines.append((drawn.line(f"right-{i}", planted.text), planted))
    return lines


def report(
    language: str, lines: list[tuple[dict[str, Any], Planted]], *, shows: int = 0
) -> None:
    begin = process_time()
    answers = [check(line["text"], read(line)).problems for line, _planted in lines]
    cost = (process_time() - begin) / len(lines) * 1000
    print(f"\n{language}: {len(lines)} texts, {cost:.2f} CPU ms each")
    print(
        f"{'class':12} {'n':>5} {'caught':>7} {'from':>6} {'same class':>10} {'span F1':>8}"
    )
    all_hit = all_n = 0
    for kind in [*CLASSES, ""]:
        pairs = [
            (one, found, line)
            for (line, one), found in zip(lines, answers, strict=True)
            if one.kind == kind
        ]
        hits = sum(bool(found) for _one, found, _line in pairs)
        low = wilson(hits, len(pairs))[0]
        same = sum(any(p.kind == kind for p in found) for _one, found, _line in pairs)
        shares = f"{hits / len(pairs):7.3f} {low:6.3f} {same / len(pairs):10.3f}"
        print(f"{kind or 'right':12} {len(pairs):5} {shares} {f1(pairs):8.3f}")
        if kind:
            all_hit, all_n = all_hit + hits, all_n + len(pairs)
        wrong = [
            (found, line)
            for _one, found, line in pairs
            if bool(found) != bool(kind)
            or (kind and not any(p.kind == kind for p in found))
        ]
        for found, line in wrong[:shows]:
            print(
                "     ",
                line["text"].replace("\n", " / "),
                "|",
                [(p.kind, p.said) for p in found],
                {
                    k: line["facts"]["offer"][k]
                    for k in ("kind", "value", "code", "ends", "minimum")
                },
                line["facts"]["product"]["title"],
                line["now"][:10],
            )
    print(f"{'all':12} {all_n:5} {all_hit / all_n:7.3f}")


def f1(pairs: list[Any]) -> float:
    """Return F1 over letters: those marked against those planted."""
    both = marked = planted = 0
    for one, found, _line in pairs:
        wrong = {i for start, end in one.spans for i in range(start, end)}
        if not wrong:
            continue
        said = {i for p in found for i in range(p.start, p.end)}
        both, marked, planted = (
            both + len(wrong & said),
            marked + len(said),
            planted + len(wrong),
        )
    return 2 * both / (marked + planted) if marked + planted else float("nan")


def _write(path: Path, lines: list[tuple[dict[str, Any], Planted]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        for line, one in lines:
            file.write(
                json.dumps(
                    line | {"planted": one.kind, "spans": one.spans}, ensure_ascii=False
                )
                + "\n"
            )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--catalogue", type=Path, required=True)
    parser.add_argument("--title", default="title")
    parser.add_argument("--price", default="price")
    parser.add_argument("--half", choices=["a", "b", "c"], default="c")
    parser.add_argument("--n", type=int, default=320)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--show", type=int, default=0, help="print so many misses of a class"
    )
    parser.add_argument("--write", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
