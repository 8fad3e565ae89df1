"""Who the customers are."""

from collections.abc import Iterable
from functools import cached_property
from typing import Self

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class CustomerQuerySet(models.QuerySet["Customer"]):
    def known(self) -> Self:
        """Customers that stand for themselves: neither merged into another nor erased."""
        return self.filter(merged_into=None, erased_at=None)

    def of_persons(self, people: Iterable[int]) -> Self:
        """Persons by their keys, with everybody who was merged into them.

        Facts are asked for by ``customer__in`` these: an OR over a join reads every
        fact of the shop.
        """
        keys = list(people)
        return self.filter(models.Q(pk__in=keys) | models.Q(merged_into__in=keys))


class Customer(models.Model):
    """One person of the shop; facts about them point here."""

    external_id = models.TextField(
        _("customer id"), unique=True, help_text=_("The shop's own id.")
    )
    email = models.TextField(_("e-mail"), blank=True, default="", db_default="")
    phone = models.TextField(
        _("phone"),
        blank=True,
        default="",
        db_default="",
        help_text=_("E.164, as +4930123456."),
    )
    first_name = models.TextField(
        _("first name"), blank=True, default="", db_default=""
    )
    last_name = models.TextField(_("last name"), blank=True, default="", db_default="")
    gender = models.TextField(_("gender"), blank=True, default="", db_default="")
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    age = models.TextField(
        _("age"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Years, or a band such as 35-44."),
    )
    region = models.TextField(_("region"), blank=True, default="", db_default="")
    country = models.TextField(_("country"), blank=True, default="", db_default="")
    language = models.TextField(_("language"), blank=True, default="", db_default="")
    time_zone = models.TextField(_("time zone"), blank=True, default="", db_default="")
    signed_up_at = models.DateTimeField(_("signed up"), null=True, blank=True)
    traits = models.JSONField(
        _("other attributes"), default=dict, db_default={}, blank=True
    )
    contacts_are_simulated = models.BooleanField(
        _("simulated contacts"),
        default=False,
        db_default=False,
        help_text=_(
            "Address, phone, consent and channel preference were made up for a"
            " demonstration."
        ),
    )
    stated = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text=_(
            "When each attribute was stated; one without a time holds since the"
            " sign-up."
        ),
    )
    borrowed = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text=_(
            "Attributes shown here that joined customers stated later, each with this"
            " customer's own value."
        ),
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen"), db_default=Now())
    updated_at = models.DateTimeField(_("last change"), db_default=Now())

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        permissions = [
            ("view_personal_data", _("Can read addresses and numbers in full"))
        ]
        indexes = [
            models.Index(
                fields=["email"], name="customer_email", condition=~models.Q(email="")
            ),
            # Of pattern operators, which serve equality, too: beginnings are found whatever the server's collation is
            models.Index(
                OpClass(Lower("email"), "text_pattern_ops"),
                name="customer_email_lower",
                condition=~models.Q(email=""),
            ),
            models.Index(
                fields=["phone"],
                name="customer_phone",
                condition=~models.Q(phone=""),
                opclasses=["text_pattern_ops"],
            ),
            models.Index(
                fields=["merged_into"],
                name="customer_merged",
                condition=~models.Q(merged_into=None),
            ),
            # whether there are any is asked on every page; a real shop has none
            models.Index(
                fields=["id"],
                name="customer_simulated",
                condition=models.Q(contacts_are_simulated=True),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.external_id

    @cached_property
    def own_rows(self) -> tuple[int, ...]:
        """Return the keys of this row and of those merged into it: whose facts are hers.

        Looked up once per object; a page asks it in several panels.
        """
        return self.pk, *self.merged.values_list("pk", flat=True)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)
