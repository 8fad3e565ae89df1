"""Rows as they came: what could not be taken in, in the database and in files, and the
samples of field mappings; files that were uploaded.
"""

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from profiles.models import ImportFile, InboundSource, QuarantinedRow
from profiles.models.intake import imported_file as uploads
from profiles.privacy import files, tables
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought

# where a row that was refused late names its customer by our own key
BY_KEY = ("customer", "customer_id")


class Quarantine(Store):
    label = _("Quarantine")
    fate = _(
        "Bad rows that speak of the person are deleted, in the database and in the"
        " files for repair."
    )
    tables: ClassVar = (QuarantinedRow, InboundSource)

    def erase(self, person: Person) -> Counts:
        sought = Sought(person)
        samples = tables.speaking(
            InboundSource.objects.exclude(sample=None), "sample", sought
        )
        return {
            "row": (
                QuarantinedRow.objects.filter(pk__in=_rows(person, sought)).delete()[0]
            ),
            "line of a file": (
                sum(files.drop_rows(path, "row", sought) for path in _files())
                if sought.ids
                else 0
            ),
            "sample": InboundSource.objects.filter(pk__in=samples).update(sample=None),
        }

    def export(self, person: Person) -> Shown:
        rows = QuarantinedRow.objects.filter(
            pk__in=_rows(person, Sought(person))
        ).order_by("pk")
        return list(
            rows.values(
                "source", "kind", "line", "column", "reason", "row", "created_at"
            )
        )


class Uploads(Store):
    """CSV is masked in its place; what can't be is removed, and is uploaded again."""

    label = _("Uploaded files")
    fate = _("Lines of uploaded files are masked; packed files are deleted.")
    tables: ClassVar = (ImportFile,)

    def erase(self, person: Person) -> Counts:
        sought, masked, n_removed = Sought(person), 0, 0
        for path in _uploads():
            if files.is_packed(path):
                path.unlink(missing_ok=True)
                n_removed += 1
            else:
                masked += files.mask(path, sought)
        return {"line of an upload": masked, "packed upload": n_removed}

    def export(self, person: Person) -> Shown:
        sought = Sought(person)
        return [
            {"file": path.name, "line": line}
            for path in _uploads()
            if not files.is_packed(path)
            for line in path.read_text(errors="replace").splitlines()
            if sought.masked(line) != line
        ]


def _uploads() -> list[Path]:
    folder = Path(settings.DATA_DIR) / uploads.FOLDER
    return sorted(path for path in folder.glob("*/*") if path.is_file())


def _rows(person: Person, sought: Sought) -> set[int]:
    rows = QuarantinedRow.objects.all()
    named = Q()
    for name in BY_KEY:
        named |= Q(kind="facts", **{f"row__{name}__in": list(person.customers)})
    found = set(rows.filter(named).values_list("pk", flat=True))
    return found.union(
        *(tables.speaking(rows, column, sought) for column in ("row", "fixed"))
    )


def _files() -> list[Path]:
    return sorted((Path(settings.DATA_DIR) / "quarantine").glob("*.csv"))
