"""List what segments can be made of: `manage.py predicates`."""

from typing import Any

from retention_site.lib import registry
from retention_site.lib.commands import RapportCommand


class Command(RapportCommand):
    help = "List the predicates that a segment's rule is made of, with their fields."

    def work(self, **_options: Any) -> dict[str, Any]:
        return {
            "groups": ["all", "any", "none"],
            "predicates": {
                key: _described(kind)
                for key, kind in registry.everything("predicates").items()
            },
        }

    def say(self, answer: dict[str, Any]) -> str:
        lines = [
            (
                "A rule is all, any or none of a list of rules, or a predicate with its"
                " fields:"
            ),
            "",
        ]
        for key, kind in answer["predicates"].items():
            lines.append(f"is: {key}   {kind['title']}")
            lines += [
                f"    {field['name']}{' (needed)' * field['required']}:"
                f" {field['label']}"
                for field in kind["fields"]
            ]
        return "\n".join(lines)


def _described(kind: Any) -> dict[str, Any]:
    fields = [
        {
            "name": field.name,
            "label": str(field.label),
            "kind": field.kind,
            "required": field.is_required,
            "default": field.default,
            "options": list(getattr(field, "options", None) or []),
            "fields": [inner.name for inner in getattr(field, "fields", ())],
        }
        for field in kind.fields
    ]
    return {
        "title": str(kind.title),
        "words": (kind.__doc__ or "").strip().splitlines()[0],
        "fields": fields,
    }
