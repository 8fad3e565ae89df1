"""A list as a CSV file: the rows that are filtered, the columns that its viewer sees."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import strip_tags
from django.utils.text import capfirst

from retention_site.lib.csv_export import safe_row

AT_ONCE = 2_000  # rows that are held in memory
MOST_ROWS = 200_000


class _Line:
    """What a CSV writer writes to: the line comes back and is sent at once."""

    def write(self, line: str) -> str:
        return line


def as_file(request: HttpRequest, its_admin: ModelAdmin) -> StreamingHttpResponse:
    """Answer with the list that the address filters and sorts, as it is read."""
    listed = its_admin.get_changelist_instance(request)
    rows = listed.get_queryset(request)[:MOST_ROWS]
    columns = [name for name in listed.list_display if name != "action_checkbox"]
    writer = csv.writer(_Line())
    lines = (writer.writerow(row) for row in _rows(its_admin, rows, columns))
    answer = StreamingHttpResponse(
        _marked(lines), content_type="text/csv; charset=utf-8"
    )
    name = its_admin.opts.model_name
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _marked(lines: Iterator[str]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets read UTF-8 by it
    yield from lines


def _rows(its_admin: ModelAdmin, rows: Any, columns: list[Any]) -> Iterator[Any]:
    model = its_admin.model
    yield [
        capfirst(str(label_for_field(name, model, model_admin=its_admin)))
        for name in columns
    ]
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield safe_row([_cell(name, row, its_admin) for name in columns])


def _cell(name: Any, row: Any, its_admin: ModelAdmin) -> str:
    """Return what the list shows in a cell, without its markup."""
    try:
        _field, _attr, value = lookup_field(name, row, its_admin)
    except ObjectDoesNotExist:
        return ""
    return "" if value is None else " ".join(strip_tags(str(value)).split())
