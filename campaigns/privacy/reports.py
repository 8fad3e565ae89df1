"""Kept answers and sentences: the sample messages of a rehearsal, the words of alerts,
why a run failed.
"""

from typing import Any, ClassVar

from django.db.models import BooleanField, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from campaigns.models import Alert, Run, StoredReport
from profiles.privacy import tables
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person
from profiles.privacy.person_search import Sought

KEY = "customer_pk"  # under which a sample names its customer
SAMPLED = (
    f"jsonb_path_exists(result, '$.**.{KEY} ? (@ == $customers[*])',"
    " jsonb_build_object('customers', %s::jsonb))"
)
TEXTS: tuple[tuple[type[Model], str], ...] = (
    (Alert, "subject"),
    (Alert, "words"),
    (Run, "error"),
)


class Reports(Store):
    label = _("Reports and alerts")
    fate = _(
        "Sample messages to the person leave the rehearsals; words of alerts and errors"
        " are masked."
    )
    stays = _("Sums over many people.")
    tables: ClassVar = (StoredReport,)

    def erase(self, person: Person) -> Counts:
        sought = Sought(person)
        samples = 0
        for report in _sampled(person):
            result = without(report.result, person.customers)
            samples += StoredReport.objects.filter(pk=report.pk).update(result=result)
        masked = (
            tables.masked(model._base_manager.all(), column, sought)
            for model, column in TEXTS
        )
        return {"rehearsal": samples, "text": sum(masked)}

    def export(self, person: Person) -> Shown:
        return [
            sample
            for report in _sampled(person)
            for sample in samples_of(report.result, person.customers)
        ]


def without(value: Any, customers: tuple[int, ...]) -> Any:
    """Return JSON without the samples of some customers."""
    match value:
        case dict():
            return {name: without(inner, customers) for name, inner in value.items()}
        case list():
            return [
                without(one, customers) for one in value if not _is_of(one, customers)
            ]
    return value


def samples_of(value: Any, customers: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return the samples of some customers, wherever they stand."""
    if _is_of(value, customers):
        return [value]
    inner = (
        value.values()
        if isinstance(value, dict)
        else value
        if isinstance(value, list)
        else ()
    )
    return [sample for one in inner for sample in samples_of(one, customers)]


def _is_of(value: Any, customers: tuple[int, ...]) -> bool:
    return isinstance(value, dict) and value.get(KEY) in customers


def _sampled(person: Person) -> QuerySet[StoredReport]:
    is_sampled = RawSQL(SAMPLED, [str(list(person.customers))], BooleanField())  # noqa: S611  the keys are a parameter
    return StoredReport.objects.annotate(is_sampled=is_sampled).filter(is_sampled=True)
