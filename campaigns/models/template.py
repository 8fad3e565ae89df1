"""Words that campaigns share: templates and the blocks inside them. A version never
changes once it is written.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Template(models.Model):
    """One message's words under a name, or a block that other words include."""

    BLOCK = "block"

    name = models.TextField(_("name"), unique=True)
    channel = models.TextField(
        _("channel"), help_text=_("Or block: a piece that other templates include.")
    )
    created_at = models.DateTimeField(_("created"), db_default=Now())

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")

    def __str__(self) -> str:
        return self.name

    @property
    def newest(self) -> "TemplateVersion | None":
        return self.versions.order_by("-number").first()


class TemplateVersion(models.Model):
    """What a template said from one change to the next."""

    template = models.ForeignKey(Template, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    parts = models.JSONField(
        _("words"),
        help_text=_("Part → Liquid; variants of other languages under languages."),
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("template version")
        verbose_name_plural = _("template versions")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="template_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} v{self.number}"
