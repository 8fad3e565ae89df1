"""Names of fields that were given none: the field's own name, in the page's language."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


def translate_unnamed(app: AppConfig) -> None:
    """Let Django say each field without a name of its own by the catalogue: lists,
    filters and forms would show it in English otherwise.

    Migrations read what was written in the model, so they stay as they are.
    """
    for model in app.get_models():
        for field in model._meta.local_fields:
            if getattr(field, "_verbose_name", "") is None:
                field.verbose_name = gettext_lazy(str(field.verbose_name))
