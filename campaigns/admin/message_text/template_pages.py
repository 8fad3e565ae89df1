"""Where templates are found in the admin: their list, a new one, and one in the editor."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse

from campaigns.admin.message_text import editor, templates
from campaigns.models import Template
from retention_site.lib.admin.missing import FoundOrMissing


@admin.register(Template)
class TemplateAdmin(FoundOrMissing):
    """Templates are written in the editor; versions are never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return templates.templates(request)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return editor.add(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        template = self.get_object(request, unquote(object_id))
        if template is None or not self.has_view_permission(request, template):
            return super().change_view(request, object_id, form_url, extra_context)
        return editor.edit(request, template)
