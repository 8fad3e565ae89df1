"""Readable titles from a till's product types: ``BREAD:ITALIAN/FRENCH`` becomes
``Italian/French bread``.
"""

import re

WORDS = {
    "frzn": "frozen",
    "refrgratd": "refrigerated",
    "sft": "soft",
    "drnk": "drink",
    "drnks": "drinks",
    "drnking": "drinking",
    "btl": "bottle",
    "choc": "chocolate",
    "chococlate": "chocolate",
    "w/whole": "with whole",
    "misc": "assorted",
    "misc.": "assorted",
    "hh": "household",
    "acc": "accessories",
    "veg": "vegetable",
    "pkg": "package",
    "pk": "pack",
    "brkfst": "breakfast",
    "dnrs": "dinners",
    "ss": "single-serve",
    "rts": "ready-to-serve",
    "carb": "carbonated",
    "non-crbntd": "still",
    "mneral": "mineral",
    "wate": "water",
    "hygn": "hygiene",
    "ppk": "prepacked",
    "prslc": "presliced",
    "fd": "food",
    "seafd": "seafood",
    "sw": "sweet",
    "gds": "goods",
    "frz": "frozen",
    "fre": "fresh",
    "shlfsh": "shellfish",
    "cntrl": "control",
    "snks": "snacks",
    "prod": "products",
}
PROPER = {
    name.lower(): name
    for name in (
        "Italian French Mexican American Asian Oriental Hispanic Swiss Greek Belgian"
        " Irish Spanish German Chinese Japanese Australian Kosher Christmas Easter"
        " Halloween Valentine Granny Smith Fuji Gala Angus Revlon Maybelline"
    ).split()
}


def title(product_type: str | None, category: str | None, item_id: str) -> str:
    """Say what an item is, from its type, else its category, else its id."""
    words = _plain(product_type or category or "")
    return words[:1].upper() + words[1:] if words else f"Item {item_id}"


def _plain(text: str) -> str:
    """Lower case, the detail before the kind, abbreviations written out."""
    text = re.sub(r"\([^)]*\)?", " ", text.lower())
    kind, mark, detail = re.sub(r"\s+", " ", text).strip(" :-").partition(":")
    if not mark:
        kind, mark, detail = kind.partition("- ")
    ordered = f"{detail} {kind}" if detail.strip(" -") else kind
    return " ".join(
        _word(word)
        for word in (
            re.sub(r"[\s,]+", " ", ordered.replace("&", " & ")).strip(" -").split()
        )
    )


def _word(word: str) -> str:
    return "/".join(PROPER.get(part, WORDS.get(part, part)) for part in word.split("/"))
