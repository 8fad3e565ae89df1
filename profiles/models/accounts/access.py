"""Who may call the API, and which calls were answered already."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

# the old key still opens meanwhile: senders change theirs one after the other
ROTATION_GRACE = timedelta(days=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def valid(self) -> Self:
        """Keys that open now: neither revoked nor expired. The database's clock says
        when.
        """
        return self.filter(revoked_at=None).exclude(expires_at__lte=Now())


class ApiKey(models.Model):
    """A key to the API. Only its digest is kept: the key itself is shown once, when it
    is made.
    """

    class Scope(models.TextChoices):
        WRITE = "write", _("write: send events, customers and items")
        READ = "read", _("read: portraits, recommendations, decisions")
        TILL = "till", _("till: validate and redeem coupons")
        SEND = "send", _("send: transactional messages")

    name = models.TextField(
        _("name"), blank=True, help_text=_("Who uses it, such as web shop or till 3.")
    )
    scope = models.TextField(_("may"), choices=Scope)
    digest = models.TextField(unique=True, editable=False)
    hint = models.TextField(_("ends with"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("made"), db_default=Now())
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.scope} …{self.hint}"

    @staticmethod
    def digest_of(secret: str) -> str:
        """Return what is stored of a key; it holds 192 random bits, so one round of
        SHA-256 is enough.
        """
        return sha256(secret.encode("utf-8", "replace")).hexdigest()

    @classmethod
    def make(
        cls, scope: str, *, name: str = "", by: models.Model | None = None
    ) -> tuple[Self, str]:
        """Make a key; return its row and the key itself, which can't be read again."""
        secret = f"rapport_{scope}_{secrets.token_urlsafe(24)}"
        made = cls.objects.create(
            name=name,
            scope=cls.Scope(scope),
            digest=cls.digest_of(secret),
            hint=secret[-4:],
            created_by=by,
        )
        return made, secret

    def rotate(
        self, *, now: datetime, grace: timedelta = ROTATION_GRACE
    ) -> tuple[Self, str]:
        """Make a successor; this key opens for ``grace`` longer. ``now`` is the real
        time.
        """
        self.expires_at = min(self.expires_at or now + grace, now + grace)
        self.save(update_fields=["expires_at"])
        return self.make(self.scope, name=self.name, by=self.created_by)

    def revoke(self, *, now: datetime) -> None:
        """Close this key at once and for good."""
        self.revoked_at = self.revoked_at or now
        self.save(update_fields=["revoked_at"])


class IdempotentCall(models.Model):
    """A POST that carried an Idempotency-Key, and its answer: sent again, it is
    answered again and not done again.
    """

    key = models.TextField(
        unique=True, help_text=_("Digest of who called, what, and the given key.")
    )
    request = models.TextField(
        help_text=_("Digest of the body: the same key with another body is refused.")
    )
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        verbose_name = _("answered call")
        verbose_name_plural = _("answered calls")

    def __str__(self) -> str:
        return f"{self.key[:8]} {self.status}"


class ShopKey(models.Model):
    """One row: which SECRET_KEY this shop has, and the key of its digests. See
    `retention_site.lib.security.keyring`.
    """

    fingerprint = models.TextField(editable=False)
    digest_key = models.TextField(
        editable=False, help_text=_("Sealed under SECRET_KEY.")
    )
    created_at = models.DateTimeField(db_default=Now())
    rotated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("key of the shop")
        verbose_name_plural = _("keys of the shop")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="shop_key_one")
        ]

    def __str__(self) -> str:
        return self.fingerprint[:8]
