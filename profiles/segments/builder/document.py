"""A segment as one document: the YAML of a file, and what a form sends. Both ways the same."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from ..rules import BadRule, written
from .form import as_yaml

MOST_CHARACTERS = 200_000  # of a rule written down
LONGEST_TITLE = 200


@dataclass(frozen=True)
class Document:
    """What a person writes: a title and a rule."""

    title: str
    rule: Any

    def as_yaml(self, name: str = "") -> str:
        said = {"name": name} if name else {}
        return as_yaml({**said, "title": self.title, "rule": self.rule})


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which can make a small text a huge rule."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise BadRule(_("The YAML must not use aliases (*name)."))
        return super().compose_node(parent, index)


def from_yaml(text: str) -> Document:
    """Read a segment's YAML; raise `BadRule` with one sentence."""
    _check_length(text)
    try:
        # a SafeLoader
        said = yaml.load(text, _Plain)  # noqa: S506
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = _("line %s") % (mark.line + 1) if mark else ""
        problem = getattr(error, "problem", None) or type(error).__name__
        raise BadRule(
            _("This is not YAML: %s") % f"{problem} {where}".strip()
        ) from error
    except (RecursionError, ValueError, TypeError) as error:
        if isinstance(error, BadRule):
            raise
        raise BadRule(_("This is not YAML: %s") % str(error)[:200]) from error
    if not isinstance(said, Mapping) or "rule" not in said:
        raise BadRule(_("The YAML must have title and rule."))
    unknown = sorted(str(key) for key in said if key not in ("name", "title", "rule"))
    if unknown:
        raise BadRule(
            _("The YAML has %s; a segment has name, title and rule.") % unknown[0]
        )
    return _document(said.get("title") or "", written(said["rule"]))


def from_json(text: str) -> Document:
    """Read what the page sends; raise `BadRule` with one sentence."""
    _check_length(text)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRule(_("The document is not JSON.")) from error
    if not isinstance(said, Mapping) or "rule" not in said:
        raise BadRule(_("The document must have title and rule."))
    return _document(said.get("title") or "", written(said["rule"]))


def _document(title: Any, rule: Any) -> Document:
    if not isinstance(title, str) or len(title) > LONGEST_TITLE or "\0" in title:
        raise BadRule(_("The title must be at most %s characters.") % LONGEST_TITLE)
    if not isinstance(rule, dict):
        raise BadRule(_("%s must be a mapping with all, any, none or is.") % "rule")
    return Document(title.strip(), rule)


def _check_length(text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise BadRule(_("The rule is longer than %s characters.") % MOST_CHARACTERS)
