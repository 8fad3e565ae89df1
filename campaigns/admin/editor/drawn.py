"""Fields, groups and sections as the editor's page draws them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from campaigns.admin.editor.form import shown
from campaigns.admin.editor.values import Shown

Words = str | Promise


@dataclass(frozen=True)
class Option:
    value: str
    label: Words
    about: Words = ""
    is_on: bool = False


@dataclass(frozen=True)
class Field:
    """One field: its name is the place of the document that it shows."""

    name: str
    label: Words
    # text, area, number, select, radio, checks, flag, time, moment or kept
    kind: str = "text"
    options: tuple[tuple[str, Words] | tuple[str, Words, Words], ...] = ()
    about: Words = ""
    unit: Words = ""
    empty: Words = ""  # what stands in an empty field, or its first choice
    redraws: bool = False  # other fields come or go with it
    is_wide: bool = False
    suggests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A field with what it shows and what is wrong with it."""

    field: Field
    value: Shown
    problems: tuple[str, ...]

    @property
    def key(self) -> str:
        return "f-" + self.field.name.replace(".", "-").replace("@", "-")

    @property
    def n_rows(self) -> int:
        return min(14, max(3, str(self.value).count("\n") + 2))

    @property
    def options(self) -> list[Option]:
        """The choices; a value that is none of them is one, so that it is kept."""
        marks = self.value if isinstance(self.value, list) else [self.value]
        found = [
            Option(
                option[0],
                option[1],
                option[2] if len(option) == 3 else "",
                is_on=option[0] in marks,
            )
            for option in self.field.options
        ]
        known = {one.value for one in found}
        more = [one for one in marks if one and one not in known]
        return found + [Option(one, one, is_on=True) for one in more]

    @property
    def lacks_choice(self) -> bool:
        """Nothing is chosen, and nothing is no choice of its own."""
        return not self.value and "" not in {one[0] for one in self.field.options}


@dataclass
class Group:
    """Fields under one heading; ``removes`` is what a button of it takes away."""

    title: Words = ""
    fields: list[Field] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    about: Words = ""
    removes: str = ""
    is_folded: bool = False
    link: tuple[str, Words] | None = None


@dataclass
class Section:
    key: str
    title: Words
    icon: str
    groups: list[Group]
    about: Words = ""
    problems: list[str] = field(default_factory=list)
    adds: tuple[str, Words] | None = None  # a button that adds a part


def fill(
    sections: Iterable[Section],
    document: Mapping[str, Any],
    problems: Mapping[str, list[str]],
) -> list[Section]:
    """Put values and problems in; what belongs to no field stands at its section."""
    found = list(sections)
    left = {place: list(words) for place, words in problems.items()}
    for section in found:
        for group in section.groups:
            group.drawn = [_drawn(one, document, left) for one in group.fields]
    for section in found:
        for place in [one for one in left if _is_of(section, one)]:
            section.problems += left.pop(place)
    if found:
        found[-1].problems += [
            f"{place}: {words}" if place else words
            for place, said in left.items()
            for words in said
        ]
    return found


def names(sections: Iterable[Section]) -> Iterator[str]:
    """Yield the names of all fields that are drawn."""
    for section in sections:
        for group in section.groups:
            yield from (one.name for one in group.fields if one.kind != "kept")


def labels(sections: Iterable[Section]) -> dict[str, str]:
    """Return the label of each place of the document that has a field."""
    groups = [group for section in sections for group in section.groups]
    return {one.name: str(one.label) for group in groups for one in group.fields}


def _drawn(
    one: Field, document: Mapping[str, Any], left: dict[str, list[str]]
) -> Drawn:
    places = [place for place in left if _is_about(one.name, place)]
    said = [words for place in places for words in left.pop(place)]
    return Drawn(one, shown(document, one.name), tuple(dict.fromkeys(said)))


ABOUT = {
    "segment.in": ("segment",),
    "goal.words": ("goal",),
    "offer.kind": ("offer.value", "offer"),
    "start": ("schedule", "trigger"),
    "learns": ("allocation",),
    "products": ("recommendations",),
}


def _is_about(name: str, place: str) -> bool:
    if place == name or place in ABOUT.get(name, ()):
        return True
    channel = name.removesuffix(".from")
    return name.endswith(".from") and place in (
        channel,
        *(f"{channel}.{part}" for part in ("mjml", "html", "template", "text")),
    )


OWNS = {
    "goal": ("goal", "name", "kind"),
    "audience": ("segment",),
    "offer": ("offer",),
    "message": ("messages", "channels", "partials", "recommendations", "preferred"),
    "test": ("holdout", "arms", "allocation", "layer", "global_holdout"),
    "when": ("schedule", "trigger", "send_time", "quiet_hours", "limits"),
}


def _is_of(section: Section, place: str) -> bool:
    return place.partition(".")[0] in OWNS.get(section.key, ())
