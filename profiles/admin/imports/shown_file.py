"""What the pages of an uploaded file show."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from profiles.admin.rights import PERSONAL
from profiles.intake import uploads
from profiles.intake.column_mapping.spec import BadMapping, ColumnMapping, plugin_of
from profiles.intake.column_mapping.suggestions import suggested
from profiles.intake.files.unreadable import UnreadableFile
from profiles.jobs.completion import share_done
from profiles.models import ImportFile, Job, QuarantinedRow, SavedMapping
from retention_site.lib.admin.masking import masked
from retention_site.lib.clock import now, real_now

from . import mapping_form
from .field_words import KINDS, field_word

MAY_SAVE = "profiles.add_savedmapping"


def of_columns(request: HttpRequest, file: ImportFile) -> dict[str, Any]:
    try:
        start = uploads.look(file)
    except UnreadableFile as error:
        return {"unreadable": str(error)}
    if not request.user.has_perm(PERSONAL):
        start = _masked(start)
    chosen = request.GET.get("as", "")
    mapping = chosen_mapping(start, file, chosen)
    ways = _ways(start)
    shown = next((one for one in ways if one["key"] == chosen), None)
    fields = mapping_form.fields(start, mapping, now().isoformat(timespec="seconds"))
    return {
        "stage": "columns",
        "start": start,
        "sample": [[row.get(name, "") for name in start.header] for row in start.rows],
        "fields": [one for one in fields if one.is_needed or one.is_set],
        "more_fields": [one for one in fields if not (one.is_needed or one.is_set)],
        "kept": mapping_form.kept(start, mapping),
        "keeps": bool(plugin_of(mapping.kind).extra),
        "rules": mapping_form.rules(mapping),
        "kind": mapping.kind,
        "ways": ways,
        "way": shown["key"] if shown else _key_of(ways, mapping, file),
        "recognised": next((one["label"] for one in ways if one["is_known"]), ""),
        "zones": sorted(available_timezones() - {"localtime"}),
        "zone": file.time_zone or settings.SHOP_TIME_ZONE,
        "source": file.source,
        "may_save": request.user.has_perm(MAY_SAVE),
        "always": mapping_form.ALWAYS,
    }


def _ways(start: uploads.Start) -> list[dict[str, Any]]:
    """Return the ways in which a file may be read: known exports, saved mappings, kinds."""
    ways = [
        {
            "key": f"way{n}",
            "label": one.export or str(KINDS[one.kind][0]),
            "mapping": one.mapping,
            "is_known": bool(one.export),
            "icon": KINDS[one.kind][2],
        }
        for n, one in enumerate(suggested(start.header))
    ]
    for saved in SavedMapping.objects.all():
        try:
            mapping = ColumnMapping.read(saved.mapping).fitting(start.header)
        except BadMapping:  # of a kind or column that this release has no more
            continue
        if mapping.columns and mapping.kind in KINDS:
            ways.append(
                {
                    "key": f"saved{saved.pk}",
                    "label": saved.name,
                    "mapping": mapping,
                    "is_known": False,
                    "icon": "bookmark",
                }
            )
    return ways


def chosen_mapping(start: uploads.Start, file: ImportFile, key: str) -> ColumnMapping:
    ways = {one["key"]: one["mapping"] for one in _ways(start)}
    if key in ways:
        found: ColumnMapping = ways[key]
        return found
    if file.mapping:
        return ColumnMapping.read(file.mapping)
    first: ColumnMapping = next(iter(ways.values()))
    return first


def _key_of(
    ways: list[dict[str, Any]], mapping: ColumnMapping, file: ImportFile
) -> str:
    """Return the way that a page shows where none was chosen just now."""
    if file.mapping:
        return ""
    return next((one["key"] for one in ways if one["mapping"] == mapping), "")


def of_preview(request: HttpRequest, file: ImportFile, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"stage": "check", "watched": job} | _progress(job)
    if job.state != Job.State.DONE:
        return found
    result = job.result or {}
    may_see = request.user.has_perm(PERSONAL)
    for reason in (*result["reasons"], *result["warnings"]):
        for example in reason["examples"]:
            example["value"] = _shown(example["value"], may_see)
        reason["field"] = field_word(reason["column"]) if reason["column"] else ""
    return found | {
        "result": result,
        "n_taken": result["new"] + result["updated"],
        "new_rows": [_cells(row, may_see) for row in result["new_rows"]],
        "changes": [
            (
                key,
                [
                    (field_word(name), _shown(old, may_see), _shown(new, may_see))
                    for name, (old, new) in cells.items()
                ],
            )
            for key, cells in result["changes"]
        ],
    }


def of_import(file: ImportFile, job: Job) -> dict[str, Any]:
    found: dict[str, Any] = {"stage": "import", "watched": job} | _progress(job)
    if job.state != Job.State.DONE:
        return found
    result = job.result or {}
    waiting = QuarantinedRow.objects.waiting().filter(
        source=result["source"], kind=result["kind"]
    )
    others: list[dict[str, Any]] = []
    if file.is_there:
        ways = _ways(uploads.look(file))
        others = [one for one in ways if one["is_known"]]
        others = [one for one in others if one["mapping"].kind != file.kind]
    return found | {
        "result": result,
        "n_waiting": waiting.count(),
        "quarantine": _quarantine_address(result["source"], result["kind"]),
        "others": others,
    }


def _quarantine_address(source: str, kind: str) -> str:
    where = reverse("admin:profiles_quarantinedrow_changelist")
    return f"{where}?{urlencode({'source': source, 'kind': kind})}"


def _progress(job: Job) -> dict[str, Any]:
    """Return how far a job is, and how long it will still take where that can be told."""
    share = share_done(job)
    left = None
    if job.is_live and job.started_at and 0.03 < share < 1:
        gone = real_now() - job.started_at
        left = max((gone * (1 - share) / share).total_seconds(), 1)
    return {"share": share, "left_seconds": left, "trouble": job.trouble}


def listed(file: ImportFile) -> dict[str, Any]:
    job = file.job or file.preview_job
    return {
        "file": file,
        "job": job,
        "stage": (
            _("imported") if file.job else _("looked through") if job else _("uploaded")
        ),
        "kind": KINDS[file.kind][0] if file.kind in KINDS else "–",
        "result": file.job.result if file.job else None,
        "is_there": file.is_there,
    }


def steps(file: ImportFile) -> list[tuple[str, str]]:
    """Return the steps with their state: done, now or to come."""
    at = 3 if file.job and not file.job.is_live else 2 if file.job else 1
    if at == 1 and file.preview_job is None:
        at = 0
    words = (_("Columns"), _("What will happen"), _("Import"), _("Result"))
    return [
        (word, "done" if n < at else "now" if n == at else "later")
        for n, word in enumerate(words)
    ]


def _cells(row: dict[str, str], may_see: bool) -> list[tuple[str, str]]:
    return [(field_word(name), _shown(cell, may_see)) for name, cell in row.items()]


def _masked(start: uploads.Start) -> uploads.Start:
    rows = [{name: masked(cell) for name, cell in row.items()} for row in start.rows]
    return uploads.Start(start.header, rows)


def _shown(cell: str, may_see: bool) -> str:
    """Return a cell; addresses and numbers masked for who may not see them."""
    return cell if may_see else masked(cell)
