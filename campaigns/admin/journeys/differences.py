"""What differs between two versions of a journey, in words: step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from campaigns.admin.editor.differences import Change, Step, in_words, steps_by
from campaigns.admin.editor.form import shown
from campaigns.admin.journeys.head import enter_words, leave_words
from campaigns.admin.journeys.step_words import title_of, words_of
from campaigns.content.journey_outline import keyed, walk, ways_of
from campaigns.lifecycle.draft_problems import look
from campaigns.models import CampaignVersion, Draft
from retention_site.lib.admin.words import rate


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Compare two documents of a journey: what stands above the steps, then each step."""
    old, new = _lines(before), _lines(after)
    changed = [
        Change(name, old.get(name, ""), new.get(name, ""))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    ]
    return changed or _moved(before, after) or in_words_of_steps(before, after)


def in_words_of_steps(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Change]:
    """What the lines don't say, such as a mail's text, is said by its step's name."""
    old, new = _steps(before), _steps(after)
    words = _("its words or settings")
    changed = [
        Change(_named(new[key]), "", words)
        for key in new
        if key in old and _own(old[key]) != _own(new[key])
    ]
    return changed or in_words(before, after)


def since_approved(draft: Draft) -> tuple[CampaignVersion | None, list[Change]]:
    """Return the approved version and what the draft would change."""
    version = draft.campaign.approved_version
    if version is None:
        return None, []
    settled = look(draft.content).content or draft.content
    return version, between(version.content, settled)


def steps(draft: Draft) -> list[Step]:
    """Return the newest states of a draft, each with what it changed."""
    return steps_by(draft, between)


def _lines(document: Mapping[str, Any]) -> dict[str, str]:
    holdout = document.get("holdout", 0.1)
    named = {
        _("Name"): str(document.get("name") or ""),
        _("Goal"): str(shown(document, "goal.words")),
        _("Held out"): rate(holdout, 0) if isinstance(holdout, int | float) else "",
        _("Enter"): enter_words(document),
        _("Leave"): leave_words(document),
    }
    for step in _steps(document).values():
        named[_named(step)] = words_of(step)
    return {name: words for name, words in named.items() if words}


def _steps(document: Mapping[str, Any]) -> dict[str, Any]:
    return {str(step.get("key")): step for _place, step in walk(keyed(document))}


def _named(step: Mapping[str, Any]) -> str:
    return f"{title_of(step)} ({step.get('key')})"


def _own(step: Mapping[str, Any]) -> Any:
    """A step without its branches: their steps are compared by themselves."""
    says = {key: value for key, value in step.items() if key != "key"}
    for kind in ("split", "wait_until"):
        if isinstance(says.get(kind), Mapping):
            says[kind] = {
                key: value
                for key, value in says[kind].items()
                if key not in ("then", "else")
            }
    if "test" in says:
        says["test"] = [outcome for _key, outcome, _steps in ways_of(step)]
    return says


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """The same steps in another order, or in another branch."""
    old = {str(s.get("key")): place for place, s in walk(keyed(before))}
    new = {str(s.get("key")): place for place, s in walk(keyed(after))}
    if list(old) == list(new) or set(old) != set(new):
        return []
    steps = _steps(after)
    moved = [key for key in new if old[key] != new[key]]
    return [Change(_named(steps[key]), "", _("moved")) for key in moved[:4]]
