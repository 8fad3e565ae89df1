"""Say who is in a segment: `manage.py segment NAME|RULE.yaml`."""

import csv
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.core.validators import MaxLengthValidator, validate_slug

from profiles import history, segments
from profiles.models import Customer, Segment
from retention_site.lib.clock import now
from retention_site.lib.commands import BadInput, RapportCommand, moment

LONGEST_NAME = 100
LONGEST_TITLE = 200


class Command(RapportCommand):
    help = (
        "Say who fits a saved segment, or a rule in a file, which is saved under its"
        " name."
    )

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", metavar="NAME|RULE.yaml")
        parser.add_argument(
            "--as-of",
            type=moment,
            metavar="T",
            help="what happened before; default: now",
        )
        parser.add_argument(
            "--known-at", type=moment, metavar="K", help="and was known then"
        )
        parser.add_argument(
            "--since",
            type=moment,
            metavar="T0",
            help="also say who came and who went since then",
        )
        parser.add_argument("--out", type=Path, metavar="members.csv")

    def work(
        self,
        what: str,
        as_of: datetime | None,
        known_at: datetime | None,
        since: datetime | None,
        out: Path | None,
        **_options: Any,
    ) -> dict[str, Any]:
        try:
            segment = _segment(what)
            history.refresh()
            as_of = as_of or now()
            found = segments.select(segment.rule, as_of, known_at)
            words = segments.describe(segment.rule)
            changed = _changed(segment, since, as_of) if since else {}
        except segments.BadRule as error:
            raise BadInput(str(error)) from error
        if out:
            _write(out, found.customer_ids)
        return {
            "name": segment.name,
            "version": segment.version,
            "as_of": as_of,
            "known_at": known_at,
            "n": len(found.customer_ids),
            "hash": found.hash,
            "words": words,
            **changed,
        }

    def say(self, answer: dict[str, Any]) -> str:
        lines = [
            f"{answer['n']} customers: {answer['words']}",
            f"{answer['name']} v{answer['version']}, hash {answer['hash']}",
        ]
        if "since" in answer:
            lines.append(
                f"Since {answer['since']}: {len(answer['joined'])} joined,"
                f" {len(answer['left'])} left."
            )
        return "\n".join(lines)


def _changed(segment: Segment, since: datetime, until: datetime) -> dict[str, Any]:
    """Who came and who went, by the shop's ids."""
    found = segments.changes(segment.rule, since, until)
    both = Customer.objects.in_bulk([*found.joined.tolist(), *found.left.tolist()])
    ids = {
        name: sorted(both[pk].external_id for pk in getattr(found, name).tolist())
        for name in ("joined", "left")
    }
    return {"since": since, "n_before": found.n_before, **ids}


def _segment(what: str) -> Segment:
    path = Path(what)
    if path.suffix not in (".yaml", ".yml", ".json"):
        found = Segment.objects.filter(name=what).first()
        if found is None:
            raise BadInput(
                f"There is no segment {what!r}; give a saved one, or a rule in a .yaml"
                " file."
            )
        return found
    document = _read(path)
    name, title = document.get("name", path.stem), document.get("title") or ""
    name = str(name) if type(name) is int else name
    try:
        validate_slug(name if isinstance(name, str) else "")
        MaxLengthValidator(LONGEST_NAME)(name)
    except ValidationError:
        raise BadInput(
            f"{path.name}: the name {str(name)[:LONGEST_NAME]!r} must be at most"
            f" {LONGEST_NAME} letters, digits, hyphens and underscores."
        ) from None
    if not isinstance(title, str) or len(title) > LONGEST_TITLE or "\0" in title:
        raise BadInput(
            f"{path.name}: the title must be at most {LONGEST_TITLE} characters."
        )
    return segments.save(name, document["rule"], title=title)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{path.name} is not YAML: {' '.join(str(error).split())}."
        ) from error
    # thousands of brackets; a day such as 2024-02-30
    except (RecursionError, ValueError) as error:
        why = (
            "it is nested too deeply"
            if isinstance(error, RecursionError)
            else str(error)
        )
        raise BadInput(f"{path.name} can't be read: {why}.") from error
    if not isinstance(document, Mapping) or "rule" not in document:
        raise BadInput(f"{path.name} must be a mapping with name and rule.")
    return document


def _write(path: Path, customer_ids: tuple[str, ...]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(
                [["customer_id"], *([one] for one in customer_ids)]
            )
    except OSError as error:
        raise BadInput(f"{path} can't be written: {error.strerror}.") from error
