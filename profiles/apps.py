"""Profiles as an app of Django: audit trail, keys, second factor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Customers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # an app's module is read before its models are: they are there only now
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import post_migrate

        from profiles import audit, changes
        from profiles.second_factor import gate
        from retention_site.lib import environment_checks  # noqa: F401
        from retention_site.lib.admin import field_names
        from retention_site.lib.admin.sessions import session_limits
        from retention_site.lib.security import keyring

        field_names.translate_unnamed(self)
        post_migrate.connect(changes.install, sender=self)
        post_migrate.connect(keyring.settle, sender=self)
        keyring.watch()
        audit.watch()
        user_logged_in.connect(session_limits.begin, dispatch_uid="session limits")
        user_logged_in.connect(gate.on_login, dispatch_uid="second factor")
