from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from profiles import changes
        from retention_site.lib import (
            environment_checks,  # noqa: F401
        )

        post_migrate.connect(changes.install, sender=self)
