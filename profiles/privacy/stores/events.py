"""What happened: the events of the database, and their copy in columns."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from profiles.models import Event
from profiles.privacy.contract import Counts, Shown, Store
from profiles.privacy.person import Person

N_EVENTS = "SELECT count(*) AS n FROM events WHERE customer IN ({customers})"


class Events(Store):
    label = _("Events")
    fate = _("Purchases, views, searches and everything else that happened is deleted.")
    tables: ClassVar = (Event,)

    def erase(self, person: Person) -> Counts:
        return {
            "event": Event.objects.filter(customer__in=person.customers).delete()[0]
        }

    def export(self, person: Person) -> Shown:
        rows = (
            Event.objects.filter(customer__in=person.customers)
            .order_by("at", "pk")
            .values()
        )
        return [
            {name: value for name, value in row.items() if value is not None}
            for row in rows
        ]


class History(Store):
    """Comes after all that it is a copy of: what is still there would come back."""

    label = _("History")
    fate = _(
        "The copy for analysis is rewritten without the person; the old files are"
        " deleted at once."
    )
    is_rewritten = True

    def erase(self, person: Person) -> Counts:
        from profiles import history  # brings DuckDB and Arrow

        return (
            {"part": history.forget(person.customers)}
            if history.freshness().refreshed_at
            else {}
        )

    def export(self, person: Person) -> Shown:
        # the history brings DuckDB: only an erasure pays
        from profiles import history

        if history.freshness().refreshed_at is None:
            return []
        listed = ", ".join(str(int(pk)) for pk in person.customers)
        n = (
            history.tables()
            .run(N_EVENTS.format(listed=listed, customers=listed))["n"][0]
            .as_py()
        )
        return [{"copy_of": "events", "n": n}]
