"""Campaigns as an app of Django: signals and roles."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # an app's module is read before its models are: they are there only now
        from django.db.models.signals import post_migrate

        from campaigns import (
            receivers,  # noqa: F401
            roles,
        )
        from retention_site.lib.admin import field_names

        field_names.translate_unnamed(self)
        # after the permissions of all apps
        post_migrate.connect(roles.settle, sender=self)
