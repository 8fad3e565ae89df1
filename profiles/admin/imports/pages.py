"""The pages of an import: upload, columns, what will happen, progress, result."""

from __future__ import annotations

import uuid
from zoneinfo import available_timezones

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from profiles import jobs
from profiles.admin.imports.shown_file import (
    MAY_SAVE,
    chosen_mapping,
    listed,
    of_columns,
    of_import,
    of_preview,
    steps,
)
from profiles.intake import uploads
from profiles.intake.cleaners import MOST_WORD_CHARACTERS
from profiles.intake.column_mapping.spec import ColumnMapping
from profiles.intake.column_mapping.suggestions import missing
from profiles.intake.files.unreadable import UnreadableFile
from profiles.models import ImportFile, Job, SavedMapping
from retention_site.lib.admin.pages import note_act, person, show

from . import mapping_form
from .field_words import KINDS, field_word

SHOWN_FILES = 20


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
            "files": [listed(one) for one in files.order_by("-pk")[:SHOWN_FILES]],
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
        "steps": steps(file),
        "kind_word": KINDS.get(file.kind, (file.kind,))[0],
    }
    if file.job is not None:
        context |= of_import(file, file.job)
    elif file.preview_job is not None and not request.GET.get("columns"):
        context |= of_preview(request, file, file.preview_job)
    elif file.is_there:
        context |= of_columns(request, file)
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
    note_act(request, after={"file": file.name, "bytes": file.n_bytes})
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
    note_act(request, after={"file": file.name, "kind": file.kind})
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
    before = chosen_mapping(start, file, request.POST.get("as", ""))
    return mapping_form.typed(request.POST, start, before)
