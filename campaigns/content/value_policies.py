"""Read the fields that a value policy declares."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from decimal import Decimal
from typing import Any

from campaigns.content.mapping_reader import Section
from retention_site.lib import registry

GROUP = "value_policies"


def read_policy(section: Section) -> dict[str, Any]:
    """Read `{policy: key, …}` into the same with every field given and checked."""
    key = section.choice("policy", registry.keys(GROUP))
    kind = registry.load(GROUP, key)
    values = {declared.name: _value(section, declared) for declared in fields(kind)}
    try:
        policy_of({"policy": key, **values})
    except ValueError as error:
        raise section.refuse("policy", str(error)) from None
    return {"policy": key, **values}


def policy_of(stored: dict[str, Any]) -> Any:
    """Build the policy from what `read_policy` returned."""
    kind = registry.load(GROUP, stored["policy"])
    known = {declared.name: declared for declared in fields(kind)}
    return kind(
        **{
            name: _typed(known[name], value)
            for name, value in stored.items()
            if name in known
        }
    )


def _value(section: Section, declared: Field) -> Any:
    has_default = declared.default is not MISSING
    default: Any = declared.default if has_default else None
    match declared.type:
        case "Decimal":
            return section.money(declared.name, str(default) if has_default else None)
        case "float":
            return section.number(
                declared.name,
                default,
                low=declared.metadata["low"],
                high=declared.metadata["high"],
            )
        case "int":
            return section.whole(
                declared.name,
                default,
                low=declared.metadata["low"],
                high=declared.metadata["high"],
            )
    return section.text(declared.name, default)


def _typed(declared: Field, value: Any) -> Any:
    return Decimal(value) if declared.type == "Decimal" else value
