"""Who asked to be forgotten or to see what we hold, and how long each kind of data is
kept. No personal data here.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .people.customer import Customer


class DataRequest(models.Model):
    """One request of a person: what was done in each store, by whom, when. Outlives
    what it speaks of.
    """

    class Kind(models.TextChoices):
        ERASURE = "erasure", _("erasure")
        EXPORT = "export", _("export")

    kind = models.TextField(_("what"), choices=Kind)
    customers = models.JSONField(
        _("rows"), help_text=_("Primary keys: all rows of the one person.")
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    asked_through = models.TextField(
        _("asked through"),
        default="",
        db_default="",
        help_text=_("The source by which a shop asked."),
    )
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    finished_at = models.DateTimeField(_("done"), null=True)
    checked_at = models.DateTimeField(
        _("checked"),
        null=True,
        help_text=_(
            "Looked through once more: a call on its way may have come in late."
        ),
    )
    sought = models.TextField(
        blank=True,
        help_text=_("Sealed: what to look for in texts and files, until it is done."),
    )
    receipt = models.JSONField(_("receipt"), default=list)

    class Meta:
        verbose_name = _("privacy request")
        verbose_name_plural = _("privacy requests")
        permissions = [
            ("erase_customer", _("Can erase customers for good")),
            ("export_customer", _("Can export what is held about a customer")),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="data_request_open",
                condition=models.Q(kind="erasure", checked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class ErasedId(models.Model):
    """An id of an erased person as a keyed hash: what comes under it again is forgotten
    at once.
    """

    kind = models.TextField(help_text=_("customer_id, or a kind of identity."))
    digest = models.TextField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="erased_ids")

    class Meta:
        verbose_name = _("erased id")
        verbose_name_plural = _("erased ids")
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest"], name="erased_id_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"


class RetentionPeriod(models.Model):
    """For how long one kind of data is kept, where a person decided otherwise than we
    suggest.
    """

    kind = models.TextField(_("kind of data"), unique=True)
    days = models.PositiveIntegerField(
        _("days"), null=True, help_text=_("Empty: for ever.")
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), db_default=Now())

    class Meta:
        verbose_name = _("retention period")
        verbose_name_plural = _("retention periods")

    def __str__(self) -> str:
        return self.kind
