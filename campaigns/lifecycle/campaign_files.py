"""Read a campaign file: YAML with templates inside it or beside it. What comes out
needs no file any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from campaigns.content.mapping_reader import BadCampaign
from campaigns.rendering import blocks, template_library
from campaigns.rendering.liquid import WordsError, partials_of
from campaigns.rendering.mjml import compile_mjml

MOST_BYTES = 1_000_000
NO_WORDS = ("mjml", "template")  # HTML is made of the one, the other is a name


def load(path: Path) -> dict[str, Any]:
    """Return a campaign file as a map; raise `BadCampaign` with one sentence."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadCampaign(f"{path} can't be read: {error.strerror}.") from error
    return parse(text, folder=path.parent)


def parse(text: bytes | str, *, folder: Path | None = None) -> dict[str, Any]:
    """Read YAML and put the templates that it names into it; ``folder`` is where they
    may lie besides our own.
    """
    return settle_words(as_map(text), _folders(folder))


def as_map(text: bytes | str) -> dict[str, Any]:
    """Read YAML alone: files that it names are not looked into. Raise `BadCampaign`."""
    raw = _yaml(text)
    if not isinstance(raw, dict):
        raise BadCampaign(
            "The file: keys with values are expected, such as name: Welcome."
        )
    return raw


def settle_words(
    raw: dict[str, Any], folders: list[Path] | None = None
) -> dict[str, Any]:
    """Put named template files and shared blocks in, and compile MJML to HTML."""
    folders = folders or _folders(None)
    known = blocks.in_folders(folders)
    own = raw.get("partials")
    if own is not None and not isinstance(own, Mapping):
        raise BadCampaign("partials: keys with values are expected.")
    own = dict(own or {})
    used: set[str] = set(own)
    for where, words in _channels(raw):
        for part, source in list(words.items()):
            if isinstance(source, Mapping) and part != template_library.LANGUAGES:
                words[part] = _file(source, f"{where}.{part}", folders)
        try:
            if "template" in words:
                template_library.fill_in(words, where.rpartition(".")[2])
                known |= template_library.blocks()
            mjml = words.get("mjml")
            if isinstance(mjml, str) and mjml.strip():  # else HTML stands for itself
                words["html"] = compile_mjml(
                    mjml, known, where.partition(".languages.")[2]
                )
            for part, source in words.items():
                if isinstance(source, str) and part not in NO_WORDS:
                    used |= partials_of(source, known={**known, **own})
        except WordsError as error:
            raise BadCampaign(f"{where}: {error}") from error
    if used:
        raw["partials"] = {
            **{name: known[name] for name in used if name in known},
            **own,
        }
    return raw


def _channels(raw: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All maps of parts: the campaign's, then each arm's, with those of each language."""
    holders = [("messages", raw.get("messages"))]
    arms = raw.get("arms")
    if isinstance(arms, list):
        holders += [
            (f"arms.{place}.messages", arm.get("messages"))
            for place, arm in enumerate(arms, 1)
            if isinstance(arm, dict)
        ]
    holders += _step_messages(raw.get("steps"), "steps")
    for where, messages in holders:
        if isinstance(messages, dict):
            for channel, words in messages.items():
                if isinstance(words, dict):
                    yield f"{where}.{channel}", words
                    languages = words.get("languages")
                    for tag, own in (
                        languages.items() if isinstance(languages, dict) else ()
                    ):
                        if isinstance(own, dict):
                            yield f"{where}.{channel}.languages.{tag}", own


def _step_messages(steps: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield the messages of a journey's steps as they came, branches included."""
    for place, step in enumerate(steps if isinstance(steps, list) else [], 1):
        for kind, says in step.items() if isinstance(step, dict) else ():
            if not isinstance(says, dict):
                continue
            at = f"{where}.{place}.{kind}"
            if kind == "message":
                yield f"{at}.messages", says.get("messages")
            yield from _step_messages(says.get("then"), f"{at}.then")
            yield from _step_messages(says.get("else"), f"{at}.else")
            arms = says.get("arms")
            for n, arm in enumerate(arms if isinstance(arms, list) else [], 1):
                if isinstance(arm, dict):
                    yield from _step_messages(arm.get("steps"), f"{at}.arms.{n}.steps")


def _file(source: Mapping[str, Any], where: str, folders: list[Path]) -> str:
    name = source.get("file")
    if set(source) != {"file"} or not isinstance(name, str):
        raise BadCampaign(f"{where}: words or `file: NAME` are expected.")
    for folder in folders:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return path.read_text(encoding="utf-8")
    raise BadCampaign(
        f"{where}.file: there is no {name} beside the campaign file or in"
        " templates/messages."
    )


def _folders(folder: Path | None) -> list[Path]:
    return [folder, blocks.ours()] if folder else [blocks.ours()]


class _Loader(yaml.SafeLoader):
    """YAML without silently lost keys."""


def _map(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise BadCampaign(
                f"{key}: stands twice (line {key_node.start_mark.line + 1})."
            )
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _map)


def _yaml(text: bytes | str) -> Any:
    if len(text) > MOST_BYTES:
        raise BadCampaign("The file: is larger than 1 MB.")
    try:
        return yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        problem = getattr(error, "problem", None) or " ".join(str(error).split())
        raise BadCampaign(f"The file: is not YAML: {problem}{where}.") from error
    except (RecursionError, TypeError, UnicodeDecodeError) as error:
        raise BadCampaign(f"The file: is not YAML: {type(error).__name__}.") from error
