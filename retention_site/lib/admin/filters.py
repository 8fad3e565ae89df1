"""Filters of lists whose values are kept in English."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList

from retention_site.lib.admin.words import said


class SaidValuesFilter(AllValuesFieldListFilter):
    """Offer every value that is there, each said in the page's language."""

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": said(str(choice["display"]))}
