"""A version's templates, parsed once and kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from liquid import BoundTemplate

from campaigns.content import language_variants
from campaigns.content.message_parts import PARTS, Part
from campaigns.rendering import liquid
from campaigns.rendering.liquid import WordsError

CACHED_VERSIONS = 64


@dataclass(frozen=True)
class Words:
    """The parsed parts of one channel."""

    channel: str
    parts: tuple[tuple[Part, BoundTemplate], ...]

    def fill(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Return every part as text; raise `WordsError` that names the part."""
        filled: dict[str, str] = {}
        for part, template in self.parts:
            try:
                text = liquid.render(
                    template, {**context, **filled} if part.is_html else context
                )
            except WordsError as error:
                raise type_with(error, f"{self.channel}.{part.key}") from error
            filled[part.key] = (
                " ".join(text.split()) if part.is_one_line else text.strip()
            )
        return filled


def type_with(error: WordsError, where: str) -> WordsError:
    return WordsError(f"{where}: {error}")


def parse(
    channel: str, sources: Mapping[str, str], partials: Mapping[str, str]
) -> Words:
    """Parse the parts of one channel; raise `WordsError` that names the part."""
    environments = {
        is_html: liquid.environment(partials, is_html=is_html)
        for is_html in (False, True)
    }
    parsed = []
    for part in PARTS[channel]:
        source = sources.get(part.key, "")
        if not source.strip():
            if part.is_required:
                raise WordsError(f"{channel}.{part.key}: is missing.")
            continue
        try:
            parsed.append((part, liquid.parse(source, environments[part.is_html])))
        except WordsError as error:
            raise type_with(error, f"{channel}.{part.key}") from error
    return Words(channel, tuple(parsed))


class VersionWords:
    """All templates of one version: parsed when first used, by arm and channel."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self._parsed: dict[tuple[str, str, str], Words] = {}
        self._spoken: dict[tuple[str, str], tuple[str, ...]] = {}
        # typed parts that need a fact: the fact check's, who stands above this stage
        self.doubtful: dict[Hashable, tuple[tuple[str, str], ...]] = {}

    def of(self, arm: str, channel: str, reader: str = "") -> Words:
        """Return the words of an arm on a channel for a reader of a language; raise
        `WordsError`.
        """
        language = self.spoken(arm, channel, reader)
        key = (arm, channel, language)
        if key not in self._parsed:
            if channel not in PARTS:
                raise WordsError(
                    f"{channel or 'no channel'}: there are no words for it."
                )
            self._parsed[key] = parse(
                channel,
                self.sources(arm, channel, language),
                self.content.get("partials") or {},
            )
        return self._parsed[key]

    def spoken(self, arm: str, channel: str, reader: str) -> str:
        """Return the language in which a reader is written to; "" for everybody's."""
        if not reader:
            return ""
        return language_variants.closest(self.languages(arm, channel), reader)

    def sources(self, arm: str, channel: str, language: str) -> Mapping[str, str]:
        """Return the templates of an arm's channel as they are written."""
        return language_variants.pick(self._sources(arm, channel), language)

    def languages(self, arm: str, channel: str) -> tuple[str, ...]:
        """Return the languages that have words of their own, besides those for
        everybody.
        """
        key = (arm, channel)
        if key not in self._spoken:
            self._spoken[key] = tuple(
                language_variants.languages_in(self._sources(arm, channel))
            )
        return self._spoken[key]

    def _sources(self, arm: str, channel: str) -> dict[str, str]:
        common = (self.content.get("messages") or {}).get(channel, {})
        for one in self.content.get("arms") or []:
            if one.get("name") == arm:
                return language_variants.over(
                    common, (one.get("messages") or {}).get(channel, {})
                )
        return dict(common)


_kept: dict[str, VersionWords] = {}


def of_version(content_hash: str, content: Mapping[str, Any]) -> VersionWords:
    """Return a version's templates; the same hash is parsed once per process."""
    if content_hash not in _kept:
        if len(_kept) >= CACHED_VERSIONS:
            _kept.clear()
        _kept[content_hash] = VersionWords(content)
    return _kept[content_hash]
