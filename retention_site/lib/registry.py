"""Plug-ins: one table of key → dotted path, loaded when first asked for."""

from functools import lru_cache
from importlib import import_module
from typing import Any


class UnknownPlugin(LookupError):
    """Nobody is registered under this key."""


def keys(group: str) -> list[str]:
    """Return the keys of one group in the order of the table."""
    return list(_table().get(group, {}))


@lru_cache
def load(group: str, key: str) -> Any:
    """Return what is registered as ``key`` in ``group``; raise `UnknownPlugin` with the
    known keys.
    """
    try:
        path = _table()[group][key]
    except KeyError:
        raise UnknownPlugin(
            f"{group} has no {key!r}; it has {', '.join(keys(group)) or 'nothing'}"
        ) from None
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def everything(group: str) -> dict[str, Any]:
    """Return every member of a group by key."""
    return {key: load(group, key) for key in keys(group)}


def _table() -> dict[str, dict[str, str]]:
    return import_module("retention_site.plugins").PLUGINS
