"""Which customers turned out to be one person."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .customer import Customer


class MergeQuerySet(models.QuerySet["Merge"]):
    def standing(self) -> Self:
        return self.filter(undone_at=None)


class Merge(models.Model):
    """Two customers found to be one, and by what. Undone, it keeps them apart for good."""

    class Evidence(models.TextChoices):
        ANONYMOUS = "anonymous_id", _("the same anonymous id")
        EMAIL = "email", _("the same e-mail address")
        PHONE = "phone", _("the same phone number")
        DEVICE = "device", _("the same device")
        ALIAS = "alias", _("the shop said so")
        PERSON = "person", _("joined by hand")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="merges_as_one")
    other = models.ForeignKey(Customer, models.CASCADE, related_name="merges_as_other")
    evidence = models.TextField(_("because of"), choices=Evidence)
    value = models.TextField(_("which"), blank=True)
    source = models.TextField(_("source"), blank=True)
    at = models.DateTimeField(_("joined"), help_text=_("Business time."))
    created_at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("joined customers")
        verbose_name_plural = _("joined customers")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("other")), name="merge_of_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} = {self.other_id} ({self.evidence})"
