"""Steps of a journey's document by their place, and what is added, moved and taken away.

A place is where a step stands, as the reader of journeys names it in its sentences:
``steps.2.split.then.1``. A document that is being written may be broken: what is no step
is passed over, never lost. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Document = dict[str, Any]
KINDS = ("wait", "wait_until", "split", "test", "message", "set", "go_to", "end")
ENDS = ("end", "go_to")  # no step follows them
MOST_ARMS = 6
NEW: dict[str, Any] = {
    "wait": "1 day",
    "wait_until": {"event": ["purchase"], "at_most": "1 day", "then": [], "else": []},
    "split": {"if": {"all": []}, "then": [], "else": []},
    "test": {
        "arms": [
            {"name": "A", "weight": 1, "steps": []},
            {"name": "B", "weight": 1, "steps": []},
        ]
    },
    "message": {"channels": ["email"], "messages": {}},
    "set": {},
    "go_to": "",
    "end": "end",
}


def kind_of(step: Any) -> str:
    """Return what kind of step this is; nothing where it says none or several."""
    found = [kind for kind in KINDS if isinstance(step, Mapping) and kind in step]
    return found[0] if len(found) == 1 else ""


def ways_of(step: Any) -> list[tuple[str, str, list[Any]]]:
    """Return a step's branches: the key of its list below the step, the outcome that
    leads there, and the list.
    """
    kind = kind_of(step)
    says = step[kind] if kind else None
    if not isinstance(says, Mapping):
        return []
    if kind == "test":
        arms = says.get("arms")
        return [
            (f"test.arms.{n}.steps", str(arm.get("name", "")), _list(arm.get("steps")))
            for n, arm in enumerate(arms if isinstance(arms, list) else (), 1)
            if isinstance(arm, Mapping)
        ]
    outcomes = {"split": ("yes", "no"), "wait_until": ("happened", "in vain")}
    return [
        (f"{kind}.{way}", outcome, _list(says.get(way)))
        for way, outcome in zip(("then", "else"), outcomes.get(kind, ()), strict=False)
    ]


def walk(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield every step with its place, branches after the step they belong to."""
    yield from _walk(_list(document.get("steps")), "steps")


def step_at(document: Mapping[str, Any], place: str) -> Any:
    """Return the step that stands at a place, or None."""
    return dict(walk(document)).get(place)


def place_of(document: Mapping[str, Any], key: str) -> str:
    """Return where the step of this name stands; nothing where there is none."""
    return next((place for place, step in walk(document) if step.get("key") == key), "")


def keyed(document: Mapping[str, Any]) -> Document:
    """Return the document with a name for every step, as its reader would give it: what
    is moved or taken away later takes no other step's name along.
    """
    found = deepcopy(dict(document))
    taken = _names(found)
    for _place, step in walk(found):
        if step.get("key") in (None, ""):
            step["key"] = _free(kind_of(step) or "step", taken)
            taken.add(step["key"])
    return found


def add(document: Mapping[str, Any], where: str, kind: str) -> tuple[Document, str]:
    """Put a new step before what stands at ``where`` (``steps.2``, or one past the end
    of a list); return its place, too.
    """
    found = keyed(document)
    if kind not in NEW:
        return found, ""
    step = {"key": _free(kind, _names(found)), kind: deepcopy(NEW[kind])}
    return found, _insert(found, where, step)


def remove(document: Mapping[str, Any], place: str) -> Document:
    """Take a step away, with its branches."""
    found = keyed(document)
    steps, n = _holder(found, place)
    if steps is not None and 0 <= n < len(steps):
        del steps[n]
    return found


def move(document: Mapping[str, Any], place: str, by: int) -> tuple[Document, str]:
    """Move a step past its neighbour; at a branch's end out of it, beside the step that
    branches.
    """
    found = keyed(document)
    steps, n = _holder(found, place)
    if steps is None or not 0 <= n < len(steps):
        return found, place
    key = steps[n].get("key") if isinstance(steps[n], Mapping) else None
    if 0 <= n + by < len(steps):
        steps[n], steps[n + by] = steps[n + by], steps[n]
    elif outer := _outer(found, place):
        step = steps.pop(n)
        holder, at = _holder(found, outer)
        assert holder is not None  # noqa: S101  a branch belongs to a step
        holder.insert(at + (1 if by > 0 else 0), step)
    return found, place_of(found, str(key)) or place


def move_to(
    document: Mapping[str, Any], place: str, where: str
) -> tuple[Document, str]:
    """Move a step before what stands at ``where``; never into itself."""
    found = keyed(document)
    steps, n = _holder(found, place)
    is_inside = f"{where}.".startswith(f"{place}.")
    if steps is None or not 0 <= n < len(steps) or is_inside:
        return found, place
    step, mark = steps[n], {"key": ""}
    steps[n] = mark
    if not _insert(found, where, step):
        return keyed(document), place
    for _place, one in list(walk(found)):
        for holder in [each for _key, _outcome, each in ways_of(one)]:
            _drop(holder, mark)
    _drop(found["steps"], mark)
    return found, place_of(found, step["key"])


def copy(document: Mapping[str, Any], place: str) -> tuple[Document, str]:
    """Put a copy of a step, with its branches, behind it."""
    found = keyed(document)
    step = step_at(found, place)
    if step is None:
        return found, place
    taken = _names(found)
    made = deepcopy(step)
    for _place, one in _walk([made], "steps"):
        one["key"] = _free(kind_of(one) or "step", taken)
        taken.add(one["key"])
    path, _dot, n = place.rpartition(".")
    return found, _insert(found, f"{path}.{int(n) + 1}", made)


def add_arm(document: Mapping[str, Any], place: str) -> Document:
    """Give a test one more arm."""
    found = keyed(document)
    arms = _arms(step_at(found, place))
    names = [arm.get("name") for arm in arms if isinstance(arm, Mapping)]
    free = next((chr(65 + n) for n in range(26) if chr(65 + n) not in names), "another")
    if 0 < len(arms) < MOST_ARMS:
        arms.append({"name": free, "weight": 1, "steps": []})
    return found


def remove_arm(document: Mapping[str, Any], place: str, n: int) -> Document:
    """Take an arm of a test away, with its steps; two stay."""
    found = keyed(document)
    arms = _arms(step_at(found, place))
    if len(arms) > 2 and 0 < n <= len(arms):
        del arms[n - 1]
    return found


def replace(
    document: Mapping[str, Any], place: str, step: Mapping[str, Any]
) -> Document:
    """Put what a step says now in its place."""
    found = deepcopy(dict(document))
    steps, n = _holder(found, place)
    if steps is not None and 0 <= n < len(steps):
        steps[n] = dict(step)
    return found


def _walk(steps: list[Any], path: str) -> Iterator[tuple[str, Any]]:
    for n, step in enumerate(steps, 1):
        if not isinstance(step, Mapping):
            continue
        yield f"{path}.{n}", step
        for key, _outcome, inner in ways_of(step):
            yield from _walk(inner, f"{path}.{n}.{key}")


def _names(document: Mapping[str, Any]) -> set[str]:
    keys = [step.get("key") for _place, step in walk(document)]
    return {key for key in keys if isinstance(key, str)}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def _arms(step: Any) -> list[Any]:
    says = step.get("test") if isinstance(step, Mapping) else None
    return _list(says.get("arms")) if isinstance(says, Mapping) else []


def _free(kind: str, taken: set[str]) -> str:
    return next(
        name
        for name in (f"{kind}_{n}" for n in range(1, len(taken) + 2))
        if name not in taken
    )


def _holder(document: Document, place: str) -> tuple[list[Any] | None, int]:
    """Return the list that a place is in, made where a branch has none yet, and which
    of it the place is, from 0.
    """
    path, _dot, last = place.rpartition(".")
    if not last.isdecimal() or len(last) > 4:
        return None, 0
    if path == "steps":
        if not isinstance(document.get("steps"), list):
            document["steps"] = []
        return document["steps"], int(last) - 1
    for one, step in walk(document):
        for key, _outcome, _steps in ways_of(step):
            if path == f"{one}.{key}":
                return _made(step, key), int(last) - 1
    return None, 0


def _made(step: Any, key: str) -> list[Any]:
    *way, last = key.split(".")
    holder: Any = step
    for part in way:
        holder = holder[int(part) - 1] if part.isdecimal() else holder[part]
    if not isinstance(holder.get(last), list):
        holder[last] = []
    steps: list[Any] = holder[last]
    return steps


def _outer(document: Document, place: str) -> str:
    """Return the place of the step in whose branch a place is."""
    path = place.rpartition(".")[0]
    for one, step in walk(document):
        if any(path == f"{one}.{key}" for key, _outcome, _steps in ways_of(step)):
            return one
    return ""


def _insert(document: Document, where: str, step: Any) -> str:
    steps, n = _holder(document, where)
    if steps is None or not 0 <= n <= len(steps):
        return ""
    steps.insert(n, step)
    return place_of(document, step["key"])


def _drop(steps: list[Any], mark: Any) -> None:
    for n, one in enumerate(steps):
        if one is mark:
            del steps[n]
            return
