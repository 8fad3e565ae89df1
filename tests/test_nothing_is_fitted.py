"""The product knows nothing of the demo shop: its year, its word for a customer, its
departments.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("profiles", "recommender", "campaigns", "retention_site", "templates")
DEMO_MODULE = ROOT / "campaigns" / "demo"
# the frequent words of a language, whatever a shop sells
DICTIONARIES = ROOT / "campaigns" / "copy" / "fact_check" / "lexicon"
TRACES = re.compile(
    r"2017|household|Complete Journey|completejourney|GROCERY|DRUG"
    r" GM|COSMETICS|NUTRITION|MEAT-PCKGD|PASTRY|"
    r"SEAFOOD|SPIRITS|GARDEN CENTER|CHEF SHOPPE|KIOSK-GAS|product_category|basket_id",
    re.IGNORECASE,
)


def sources() -> list[Path]:
    """Every text file of the apps outside the demo module."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*") if path.is_file()]
    kinds = {".py", ".html", ".txt", ".yaml", ".mjml", ".liquid", ".sql", ".js", ".css"}
    return [
        path
        for path in files
        if path.suffix in kinds
        and DEMO_MODULE not in path.parents
        and not (path.suffix == ".txt" and DICTIONARIES in path.parents)
    ]


def test_no_trace_of_the_demo_shop():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in sources()
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), 1
        )
        if TRACES.search(line)
    ]
    assert found == []


def test_the_search_finds_what_it_looks_for():
    demo = "\n".join(path.read_text() for path in DEMO_MODULE.rglob("*.py"))
    assert {"household", "coupon", "fuel"} <= {
        word.lower() for word in re.findall(r"\w+", demo)
    }
    assert TRACES.search(demo)
