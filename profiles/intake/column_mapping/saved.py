"""Mappings by name or from a file: the command's way to what the admin saves."""

from pathlib import Path

import yaml

from profiles.models import SavedMapping

from .spec import BadMapping, ColumnMapping

MOST_BYTES = 1 << 20
ENDINGS = (".yaml", ".yml", ".json")


def named(said: str) -> ColumnMapping:
    """Return the mapping of a YAML or JSON file, or the one that was saved under a name;
    raise `BadMapping`.
    """
    path = Path(said)
    if path.suffix.lower() in ENDINGS and path.is_file():
        return _of_file(path)
    saved = SavedMapping.objects.filter(name=said).first()
    if saved is None:
        names = ", ".join(SavedMapping.objects.values_list("name", flat=True))
        raise BadMapping(
            f"There is no file and no saved mapping {said!r}; saved are: {names or '–'}."
        )
    return ColumnMapping.read(saved.mapping)


def _of_file(path: Path) -> ColumnMapping:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadMapping(f"{path.name} is too long for a mapping.")
        return ColumnMapping.read(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise BadMapping(f"{path.name} is neither YAML nor JSON.") from error
