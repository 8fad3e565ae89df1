"""Words about a person where it is about something else: answered calls, jobs, the
admin's own log, log files.
"""

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from profiles.models import Customer, IdempotentCall, Job, JobChunk, JobLine
from profiles.privacy import files, tables
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought

JOB_TEXTS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Job, ("title", "params", "result", "error")),
    (JobChunk, ("span", "result", "error")),
    (JobLine, ("text",)),
)


class Calls(Store):
    label = _("Answered calls")
    fate = _("Kept answers of the API that speak of the person are deleted.")
    tables: ClassVar = (IdempotentCall,)

    def erase(self, person: Person) -> Counts:
        return {
            "call": IdempotentCall.objects.filter(pk__in=_calls(person)).delete()[0]
        }

    def export(self, person: Person) -> Shown:
        return list(
            IdempotentCall.objects.filter(pk__in=_calls(person)).values(
                "created_at", "status", "body"
            )
        )


class Jobs(Store):
    label = _("Jobs")
    fate = _("Where a job's log or error names the person, the words are masked.")

    def erase(self, person: Person) -> Counts:
        sought = Sought(person)
        found = (
            tables.masked(model._base_manager.all(), name, sought)
            for model, names in JOB_TEXTS
            for name in names
        )
        return {"text": sum(found)}

    def export(self, person: Person) -> Shown:
        sought = Sought(person)
        return [
            {"table": model._meta.model_name, "text": said}
            for model, names in JOB_TEXTS
            for name in names
            for said in _said(model, name, sought)
        ]


class AdminLog(Store):
    label = _("Log of the admin")
    fate = _("Entries about the customer's row are deleted.")

    def erase(self, person: Person) -> Counts:
        return {"entry": _entries(person).delete()[0]}

    def export(self, person: Person) -> Shown:
        return list(
            _entries(person).values("action_time", "object_repr", "change_message")
        )


class Logs(Store):
    label = _("Log files")
    fate = _(
        "Addresses and numbers are never logged; should the person stand there all the"
        " same, the words are masked."
    )

    def erase(self, person: Person) -> Counts:
        sought = Sought(person)
        return {"line": sum(files.mask(path, sought) for path in _log_files())}

    def export(self, person: Person) -> Shown:
        sought = Sought(person)
        return [
            {"file": path.name, "line": line}
            for path in _log_files()
            for line in path.read_text(errors="replace").splitlines()
            if sought.masked(line) != line
        ]


def _calls(person: Person) -> list[int]:
    return tables.speaking(IdempotentCall.objects.all(), "body", Sought(person))


def _said(model: type[Model], column: str, sought: Sought) -> list[Any]:
    rows = model._base_manager.all()
    return list(
        rows.filter(pk__in=tables.speaking(rows, column, sought)).values_list(
            column, flat=True
        )
    )


def _entries(person: Person) -> Any:
    about = ContentType.objects.get_for_model(Customer)
    return LogEntry.objects.filter(
        content_type=about, object_id__in=[str(pk) for pk in person.customers]
    )


def _log_files() -> list[Path]:
    folder = Path(settings.DATA_DIR) / "logs"
    return sorted(path for path in folder.glob("*") if path.is_file())
