"""A thing that is not there is said to be missing, inside the admin's frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, JSONField, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

PERSONAL = "profiles.view_personal_data"


TEXTS = (TextField, CharField, JSONField)


SHOWN_OF_KEY = 80  # characters of what was asked for


class FoundOrMissing(ModelAdmin):
    """A model whose pages say inside the admin's frame that a thing is not there, instead of leading away."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse to filter by texts that aren't offered as a filter: letter by letter an
        address could be guessed by who is found.
        """
        if not super().lookup_allowed(lookup, value, request):
            return False
        return request.user.has_perm(PERSONAL) or not self._is_text(lookup, request)

    def _is_text(self, lookup: str, request: HttpRequest) -> bool:
        path = lookup.split("__")
        offered = {
            one[0] if isinstance(one, tuple) else one
            for one in self.get_list_filter(request)
        }
        options: Any = self.opts
        for name in path:
            try:
                field = options.get_field("id" if name == "pk" else name)
            except FieldDoesNotExist:
                return False
            if isinstance(field, TEXTS):
                return not field.choices and not offered & {name, lookup}
            if not field.is_relation:
                return False
            options = field.related_model._meta
        return False

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Search no address for those who may not read it."""
        fields = super().get_search_fields(request)
        if request.user.has_perm(PERSONAL):
            return fields
        return [one for one in fields if not {"email", "phone"} & {*one.split("__")}]

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Django leads to the first page here; a link that leads nowhere should say so where one is."""
        words = {"name": opts.verbose_name, "key": unquote(object_id)[:SHOWN_OF_KEY]}
        raise Missing(
            _("There is no %(name)s “%(key)s”.") % words,
            reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
            capfirst(str(opts.verbose_name_plural)),
        )


class Missing(Http404):
    """Something that is not there: a sentence, and the list where one may look for it."""

    def __init__(self, sentence: str, address: str, list_name: str) -> None:
        super().__init__(sentence)
        self.sentence, self.address, self.list_name = sentence, address, list_name
