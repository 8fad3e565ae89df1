"""Say in words what changed from one version of a message to the next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

MOST = 12
SHOWN = 60


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return one sentence for each change, in the order of the message."""
    found = list(_of(before, after))
    spoken = {*(before.get("languages") or {}), *(after.get("languages") or {})}
    for tag in sorted(spoken):
        was = (before.get("languages") or {}).get(tag)
        now = (after.get("languages") or {}).get(tag)
        if was is None or now is None:
            words = _("%(tag)s: added.") if was is None else _("%(tag)s: taken out.")
            found.append(words % {"tag": tag})
        else:
            found += [f"{tag}: {one}" for one in _of(was, now)]
    more = len(found) - MOST
    return [
        *found[:MOST],
        *([_("%(n)d more changes.") % {"n": more}] if more > 0 else []),
    ]


def _of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    was, now = before.get("design") or {}, after.get("design") or {}
    if bool(was) != bool(now):
        yield _("From code to blocks.") if now else _("From blocks to code.")
    for key in dict.fromkeys([*(was.get("lines") or {}), *(now.get("lines") or {})]):
        one, other = (plain((side.get("lines") or {}).get(key)) for side in (was, now))
        if one != other:
            yield _("%(part)s: “%(before)s” → “%(after)s”.") % {
                "part": key,
                "before": one[:SHOWN],
                "after": other[:SHOWN],
            }
    yield from _blocks(was.get("blocks") or [], now.get("blocks") or [])
    for key in dict.fromkeys([*before, *after]):
        if key not in ("design", "languages") and before.get(key) != after.get(key):
            yield _("%(part)s: changed.") % {"part": key}


def _blocks(was: list[Any], now: list[Any]) -> Iterator[str]:
    before = {block["id"]: block for block in was}
    after = {block["id"]: block for block in now}
    for place, (key, block) in enumerate(after.items(), 1):
        words = {"n": place, "kind": block["kind"].replace("_", " ")}
        if key not in before:
            yield _("Block %(n)d (%(kind)s): added.") % words
        elif before[key] != block:
            one, other = (plain(side.get("text")) for side in (before[key], block))
            if one != other:
                yield _("Block %(n)d (%(kind)s): “%(before)s” → “%(after)s”.") % {
                    **words,
                    "before": one[:SHOWN],
                    "after": other[:SHOWN],
                }
            else:
                yield _("Block %(n)d (%(kind)s): changed.") % words
    for block in was:
        if block["id"] not in after:
            yield _("A block (%(kind)s) was taken out: “%(text)s”.") % {
                "kind": block["kind"].replace("_", " "),
                "text": plain(block.get("text"))[:SHOWN],
            }
    stayed = [key for key in before if key in after]
    if stayed != [key for key in after if key in before]:
        yield _("Blocks stand in another order.")


def plain(line: Any) -> str:
    """Return the words of a line or of paragraphs, facts as [name]."""
    if isinstance(line, str):
        return line
    said = []
    for one in line or ():
        if isinstance(one, list):
            said.append(plain(one))
        elif one.get("fact"):
            said.append(f"[{one['fact'].replace('_', ' ')}]")
        else:
            said.append(str(one.get("text", "")))
    return "".join(said)
