"""Backups: how old the last one is, a button that makes one, and its file to take away."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from profiles import jobs
from profiles.admin.jobs import progress_bar, state_of, with_share
from profiles.backups.job import KEPT, download_path
from profiles.models import Backup, Job
from retention_site.lib import acts
from retention_site.lib.admin.pages import ReadingAdmin, address_of, link, person
from retention_site.lib.admin.verbs import Nothing
from retention_site.lib.admin.words import ago, moment

MAKE = "profiles.add_backup"  # and take it away: the whole shop, its keys too


@admin.register(Backup)
class BackupAdmin(ReadingAdmin):
    list_display = ("made", "file", "how_large", "release", "by", "take_away")
    list_select_related = ("made_by",)
    ordering = ("-id",)
    list_before_template = "admin/profiles/backup/last.html"
    nothing = Nothing(
        "backup",
        _("No backup yet"),
        _("One file holds the whole shop: database, keys, models, settings, uploads."),
    )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        last = Backup.objects.order_by("-made_at").first()
        facts = {
            "last": last,
            "last_age": ago(last.made_at, by_real_clock=True) if last else "",
            "running": _running(),
            "may_make": may_make(request),
            "kept": KEPT,
        }
        return super().changelist_view(request, {**facts, **(extra_context or {})})

    @display(description=_("made"), ordering="made_at")
    def made(self, backup: Backup) -> SafeString:
        return format_html(
            '{}<span class="r-sub">{}</span>',
            moment(backup.made_at),
            ago(backup.made_at, by_real_clock=True),
        )

    @display(description=_("file"))
    def file(self, backup: Backup) -> SafeString:
        return format_html('{}<span class="r-sub">{}</span>', backup.name, backup.host)

    @display(description=_("size"), ordering="size")
    def how_large(self, backup: Backup) -> str:
        return filesizeformat(backup.size)

    @display(description=_("release"))
    def release(self, backup: Backup) -> str:
        return backup.version

    @display(description=_("made by"))
    def by(self, backup: Backup) -> str:
        return str(backup.made_by or gettext("command line"))

    @display(description=_("download"))
    def take_away(self, backup: Backup) -> SafeString | str:
        if download_path(backup) is None:
            return "–"
        return format_html(
            '<a class="r-button" href="{}" download>{}</a>',
            reverse("backup-download", args=[backup.pk]),
            gettext("Download"),
        )

    def page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "facts": [
                (_("made"), moment(obj.made_at)),
                (_("made by"), self.by(obj)),
                (_("file"), obj.path),
                (_("host"), obj.host),
                (_("size"), filesizeformat(obj.size)),
                (_("checksum"), obj.sha256),
                (_("release"), obj.version),
            ]
        }


def may_make(request: HttpRequest) -> bool:
    """Say whether this person may make a backup and take it away."""
    return request.user.has_perm(MAKE)


@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Start a backup; one at a time."""
    if not may_make(request):
        raise PermissionDenied
    if _running() is None:
        jobs.start("backup", {}, title=gettext_noop("Backup"), by=person(request))
    messages.success(
        request, gettext("The backup is being made; its row comes by itself.")
    )
    return redirect("admin:profiles_backup_changelist")


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand the file over to who may have all of the shop; that is an act, too."""
    if not may_make(request):
        raise PermissionDenied
    backup = get_object_or_404(Backup, pk=pk)
    path = download_path(backup)
    if path is None:
        raise Http404
    act = acts.Act("backup.download", request.user, backup, address=address_of(request))
    acts.tell(act)
    return FileResponse(path.open("rb"), as_attachment=True, filename=backup.name)


def _running() -> dict[str, Any] | None:
    job = with_share(Job.objects.live().filter(kind="backup")).first()
    if job is None:
        return None
    share: float = vars(job)["share"]
    return {"state": state_of(job), "bar": progress_bar(share), "page": link(job)}
