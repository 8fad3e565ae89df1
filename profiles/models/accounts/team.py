"""Who may work here: invitations, what roles were given, and which ones need a second
factor.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Self

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, moment: datetime) -> Self:
        """Invitations that may still be taken up at ``moment``, by the real clock."""
        return self.filter(
            accepted_at=None,
            withdrawn_at=None,
            expires_at__gt=moment,
            invited_by__is_active=True,
        )


class Invitation(models.Model):
    """A link by mail that makes one account with one role, once. Only its digest is
    kept.
    """

    email = models.EmailField(_("e-mail"))
    role = models.ForeignKey(Group, models.CASCADE, related_name="+")
    digest = models.TextField(unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="invitation_one_open_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.role})"

    @staticmethod
    def digest_of(token: str) -> str:
        """Return what is stored of a token; it holds 256 random bits, so one round of
        SHA-256 is enough.
        """
        return sha256(token.encode("utf-8", "replace")).hexdigest()


class SecondFactorRule(models.Model):
    """A role whose people must have a second factor, set in the admin."""

    role = models.OneToOneField(
        Group, models.CASCADE, primary_key=True, related_name="+"
    )

    class Meta:
        verbose_name = _("role with a second factor")
        verbose_name_plural = _("roles with a second factor")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.role)


class GivenRights(models.Model):
    """The rights that a role ever came with, as ``app.model.codename``.

    One that is listed here and missing from the role was taken away by the shop, and no
    release gives it back.
    """

    role = models.OneToOneField(
        Group, models.CASCADE, primary_key=True, related_name="+"
    )
    rights = ArrayField(models.TextField(), default=list)

    class Meta:
        verbose_name = _("rights a role came with")
        verbose_name_plural = _("rights that roles came with")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.role)
