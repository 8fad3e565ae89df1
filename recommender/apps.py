"""The recommender as an app of Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecommenderConfig(AppConfig):
    name = "recommender"
    verbose_name = _("Recommendations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # an app's module is read before its models are: they are there only now
        from retention_site.lib.admin import field_names

        field_names.translate_unnamed(self)
