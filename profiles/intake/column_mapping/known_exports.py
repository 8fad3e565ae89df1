"""Exports of shops and mail services, known by their headers: which of their columns is
which of ours.

Their words end here. Headers are compared without capitals; a file may have a column
more or less than its kin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from profiles.intake.column_mapping.export_layouts import KNOWN, KnownExport, plain

from .spec import ColumnMapping


def recognised(header: Sequence[str]) -> list[tuple[KnownExport, ColumnMapping]]:
    """Return the exports that a header fits, those with the most signs first, each with
    its mapping as far as the file has the columns.
    """
    found = [one for one in KNOWN if one.fits(header)]
    found.sort(key=lambda one: -len(one.signs))
    read = [
        (one, ColumnMapping.read(_as_written(one.mapping, header)).fitting(header))
        for one in found
    ]
    return [(one, mapping) for one, mapping in read if mapping.columns]


def _as_written(mapping: dict[str, Any], header: Sequence[str]) -> dict[str, Any]:
    """Return a mapping with the columns spelled as this file spells them."""
    spelled = {plain(one): one for one in header}

    def anew(said: Any) -> Any:
        if isinstance(said, str):
            return spelled.get(plain(said), said)
        return [anew(one) for one in said]

    whole = dict(mapping)
    whole["columns"] = {name: anew(one) for name, one in mapping["columns"].items()}
    if "keep" in mapping:
        whole["keep"] = anew(mapping["keep"])
    if carry := mapping.get("carry"):
        whole["carry"] = {"by": anew(carry["by"]), "columns": anew(carry["columns"])}
    whole["leave_out"] = [
        rule | {"column": anew(rule["column"])} for rule in mapping.get("leave_out", [])
    ]
    return whole
