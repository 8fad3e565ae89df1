"""Shops and systems that post what happened to us."""

from decimal import Decimal

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class InboundSource(models.Model):
    """An address under /v1/sources/ to which another system posts its facts, signed its
    own way.
    """

    class Prices(models.TextChoices):
        AS_TOLD = "told", _("as the sender says")
        WITH_TAX = "with_tax", _("with tax")
        WITHOUT_TAX = "without_tax", _("without tax")

    slug = models.SlugField(_("address"), unique=True)
    kind = models.TextField(
        _("kind"), help_text=_("A plug-in of the group sources, such as shopify.")
    )
    secrets = models.JSONField(
        _("secrets"), default=list, help_text=_("Valid ones, newest first, sealed.")
    )
    mapping = models.JSONField(
        _("field mapping"),
        default=dict,
        blank=True,
        help_text=_("Our field → path in the payload."),
    )
    sample = models.JSONField(_("sample payload"), null=True, blank=True)
    prices = models.TextField(
        _("prices"), choices=Prices, default=Prices.AS_TOLD, db_default=Prices.AS_TOLD
    )
    tax_percent = models.DecimalField(
        _("tax in percent"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(0),
        db_default=Decimal(0),
        help_text=_(
            "Of what was charged without it; used where a payload names no tax."
        ),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("made"), db_default=Now())
    first_heard_at = models.DateTimeField(
        _("first heard"), null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("inbound source")
        verbose_name_plural = _("inbound sources")

    def __str__(self) -> str:
        return self.slug


class DuplicateCount(models.Model):
    """How many facts of one source came again in one call. What was stored or put aside
    is counted where it lies.
    """

    source = models.TextField(_("source"))
    at = models.DateTimeField(_("when"), db_default=Now())
    n = models.PositiveBigIntegerField(_("duplicates"))

    class Meta:
        verbose_name = _("duplicates")
        verbose_name_plural = _("duplicates")
        indexes = [models.Index(fields=["source", "at"], name="duplicates_source_at")]

    def __str__(self) -> str:
        return f"{self.source} {self.n}"


class SourceDay(models.Model):
    """What one source brought on one day, counted up to the mark of `TallyMark`; what
    came later is counted live.
    """

    source = models.TextField(_("source"))
    on = models.DateField(_("day"), help_text=_("Of the shop, by when we learned it."))
    what = models.TextField(
        _("what"),
        help_text=_("A type of event, or what a file brought: customers, items."),
    )
    is_event = models.BooleanField(default=True)
    n = models.PositiveBigIntegerField(_("stored"), default=0)
    n_missing = models.JSONField(
        _("missing"), default=dict, help_text=_("Field → how many came without it.")
    )
    last_happened_at = models.DateTimeField(_("newest"), null=True)
    last_received_at = models.DateTimeField(_("last heard"), null=True)

    class Meta:
        verbose_name = _("day of a source")
        verbose_name_plural = _("days of sources")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "on", "what", "is_event"], name="source_day_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.on} {self.what} {self.n}"


class TallyMark(models.Model):
    """The one row that says which events are in `SourceDay`: those of transactions
    below ``watermark``.
    """

    watermark = models.PositiveBigIntegerField(
        _("up to"), default=0, help_text=_("Transaction id, exclusive.")
    )

    class Meta:
        verbose_name = _("mark of the tally")
        verbose_name_plural = _("mark of the tally")

    def __str__(self) -> str:
        return f"tallied up to {self.watermark}"
