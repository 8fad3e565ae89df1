"""The pages of an import: upload, columns, what will happen, progress, result."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from profiles import jobs
from profiles.admin.rights import PERSONAL
from profiles.intake import uploads
from profiles.intake.cleaners import MOST_WORD_CHARACTERS
from profiles.intake.column_mapping.spec import BadMapping, ColumnMapping, plugin_of
from profiles.intake.column_mapping.suggestions import missing, suggested
from profiles.intake.files.source import UnreadableFile
from profiles.jobs.requests import share_done
from profiles.models import ImportFile, Job, QuarantinedRow, SavedMapping
from retention_site.lib.admin.masking import masked
from retention_site.lib.admin.pages import person, show
from retention_site.lib.clock import now, real_now

from . import mapping_form
from .field_words import KINDS, field_word

SHOWN_FILES = 20
MAY_SAVE = "profiles.add_savedmapping"


def upload(request: HttpRequest) -> HttpResponse:
    """Take a file, or show where to put one and which came before."""
    if request.method == "POST":
        return _taken(request)
    files = ImportFile.objects.select_related("job", "preview_job", "uploaded_by")
    return show(
        request,
        admin.site,
        "admin/profiles/import/upload.html",
        {
            "title": _("Import"),
            "files": [_listed(one) for one in files.order_by("-pk")[:SHOWN_FILES]],
            "most_mib": uploads.MOST_BYTES // uploads.MIB,
            "kinds": KINDS.items(),
            "kept_days": 7,
        },
    )


def file_page(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Show one file: its columns, what will happen, how far it is, what came of it."""
    file = (
        ImportFile.objects.select_related("job", "preview_job").filter(key=key).first()
    )
    if file is None:
        raise Http404
    if request.method == "POST":
        return _acted(request, file)
    context = {
        "title": file.name,
        "file": file,
        "crumbs": [(_("Import"), reverse("admin:import"))],
        "is_there": file.is_there,
        "steps": _steps(file),
        "kind_word": KINDS.get(file.kind, (file.kind,))[0],
    }
    if file.job is not None:
        context |= _of_import(file, file.job)
    elif file.preview_job is not None and not request.GET.get("columns"):
        context |= _of_preview(request, file, file.preview_job)
    elif file.is_there:
        context |= _of_columns(request, file)
    return show(request, admin.site, "admin/profiles/import/file.html", context)


def _taken(request: HttpRequest) -> HttpResponse:
    given = request.FILES.get("file")
    try:
        if not isinstance(given, UploadedFile):
            raise UnreadableFile(_("Choose a file first."))
        file = uploads.take(given.name or "", given.chunks(), by=person(request))
    except UnreadableFile as error:
        if request.headers.get("X-Upload"):
            return JsonResponse({"error": str(error)}, status=422)
        messages.error(request, str(error))
        return redirect("admin:import")
    request.act_facts = {"after": {"file": file.name, "bytes": file.n_bytes}}  # type: ignore[attr-defined]
    where = reverse("admin:import-file", args=[file.key])
    if request.headers.get("X-Upload"):
        return JsonResponse({"address": where})
    return redirect(where)


def _acted(request: HttpRequest, file: ImportFile) -> HttpResponse:
    acts = {
        "check": _check,
        "import": _import,
        "cancel": _cancel,
        "save": _save,
        "again": _again,
        "forget": _forget,
    }
    act = acts.get(request.POST.get("verb", ""))
    if act is None:
        raise Http404
    try:
        return act(request, file)
    except UnreadableFile as error:
        messages.error(request, str(error))
        return redirect("admin:import-file", file.key)


def _check(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """Keep the columns as they stand in the form and look through the whole file."""
    if file.job is not None:
        raise UnreadableFile(_("This file was imported; read it again as a new one."))
    file.mapping = _typed(request, file).as_json()
    file.kind = file.mapping["kind"]
    said = request.POST.get("source", "").strip()
    file.source = said[:MOST_WORD_CHARACTERS]
    zone = request.POST.get("time_zone", "")
    if zone not in available_timezones():
        raise UnreadableFile(_("There is no time zone %(zone)s.") % {"zone": zone})
    file.time_zone = zone
    file.save()
    if lacking := missing(ColumnMapping.read(file.mapping)):
        fields = ", ".join(field_word(one) for one in lacking)
        messages.error(
            request, _("Say where these stand: %(fields)s.") % {"fields": fields}
        )
        return redirect(f"{request.path}?columns=1")
    uploads.start_preview(file, by=person(request))
    return redirect(request.path)


def _import(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """Take the file in as it was looked through."""
    looked = file.preview_job
    if looked is None or looked.state != Job.State.DONE:
        raise UnreadableFile(_("Look through the file first."))
    if looked.params.get("mapping") != file.mapping:
        raise UnreadableFile(
            _("The columns have changed: look through the file again.")
        )
    uploads.start_import(file, by=person(request))
    request.act_facts = {"after": {"file": file.name, "kind": file.kind}}  # type: ignore[attr-defined]
    return redirect(request.path)


def _cancel(request: HttpRequest, file: ImportFile) -> HttpResponse:
    job = file.job or file.preview_job
    if job is not None and jobs.cancel(job):
        messages.success(request, _("Cancelled. What was stored before stays."))
    return redirect(request.path)


def _save(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """Keep the columns under a name."""
    if not request.user.has_perm(MAY_SAVE):
        raise PermissionDenied
    mapping = _typed(request, file)
    name = request.POST.get("mapping_name", "").strip()[:MOST_WORD_CHARACTERS]
    if not name:
        raise UnreadableFile(_("Give the columns a name."))
    SavedMapping.objects.update_or_create(
        name=name,
        defaults={"mapping": mapping.as_json(), "created_by": person(request)},
    )
    file.mapping, file.kind = mapping.as_json(), mapping.kind
    file.save(update_fields=["mapping", "kind"])
    words = _("Saved as “%(name)s”. It is offered for the next file.")
    messages.success(request, words % {"name": name})
    return redirect(f"{request.path}?columns=1")


def _again(request: HttpRequest, file: ImportFile) -> HttpResponse:
    """Read the same file in another way: its consents after its customers, say."""
    if not file.is_there:
        raise UnreadableFile(_("The file is no longer kept; upload it again."))
    twin = uploads.again(file, by=person(request))
    chosen = request.POST.get("as", "")
    return redirect(f"{reverse('admin:import-file', args=[twin.key])}?as={chosen}")


def _forget(request: HttpRequest, file: ImportFile) -> HttpResponse:
    uploads.forget(file)
    messages.success(request, _("The file was removed. What it brought stays."))
    return redirect("admin:import")


def _typed(request: HttpRequest, file: ImportFile) -> ColumnMapping:
    start = uploads.look(file)
    before = _chosen(start, file, request.POST.get("as", ""))
    return mapping_form.typed(request.POST, start, before)


def _of_columns(request: HttpRequest, file: ImportFile) -> dict[str, Any]:
    try:
        start = uploads.look(file)
    except UnreadableFile as error:
        return {"unreadable": str(error)}
    if not request.user.has_perm(PERSONAL):
        start = _masked(start)
    chosen = request.GET.get("as", "")
    mapping = _chosen(start, file, chosen)
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


def _chosen(start: uploads.Start, file: ImportFile, key: str) -> ColumnMapping:
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


def _of_preview(request: HttpRequest, file: ImportFile, job: Job) -> dict[str, Any]:
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


def _of_import(file: ImportFile, job: Job) -> dict[str, Any]:
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


def _listed(file: ImportFile) -> dict[str, Any]:
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


def _steps(file: ImportFile) -> list[tuple[str, str]]:
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
