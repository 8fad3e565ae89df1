"""Shops and systems that post what happened to us."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class InboundSource(models.Model):
    """An address under /v1/sources/ to which another system posts its facts, signed its own way."""

    slug = models.SlugField(_("address"), unique=True)
    kind = models.TextField(_("kind"), help_text=_("A plug-in of the group sources, such as shopify."))
    secrets = models.JSONField(_("secrets"), default=list, help_text=_("Valid ones, newest first, sealed."))
    mapping = models.JSONField(
        _("field mapping"),
        default=dict,
        blank=True,
        help_text=_("Our field → path in the payload."),
    )
    sample = models.JSONField(_("sample payload"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("made"), db_default=Now())

    class Meta:
        verbose_name = _("inbound source")
        verbose_name_plural = _("inbound sources")

    def __str__(self) -> str:
        return self.slug


class DuplicateCount(models.Model):
    """How many facts of one source came again in one call. What was stored or put aside is counted where it lies."""

    source = models.TextField(_("source"))
    at = models.DateTimeField(_("when"), db_default=Now())
    n = models.PositiveBigIntegerField(_("duplicates"))

    class Meta:
        verbose_name = _("duplicates")
        verbose_name_plural = _("duplicates")
        indexes = [models.Index(fields=["source", "at"], name="duplicates_source_at")]

    def __str__(self) -> str:
        return f"{self.source} {self.n}"
