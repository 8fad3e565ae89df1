"""What a person proves a sign-in with: django-otp's devices, with nothing in the
database that opens a door by itself.

Its own tables hold keys and codes in plain text. Here the key of an app is sealed under
the shop's SECRET_KEY, and recovery codes are kept as keyed digests.
"""

from __future__ import annotations

import time
from base64 import b32encode
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from retention_site.lib.security import signing

STEP_SECONDS, DIGITS, TOLERANCE = 30, 6, 1  # RFC 6238, as every app assumes


class AuthenticatorDevice(TimestampMixin, ThrottlingMixin, Device):
    """An app that shows codes (TOTP, RFC 6238)."""

    sealed_key = models.TextField(
        editable=False, help_text=_("Hexadecimal, sealed under SECRET_KEY.")
    )
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)  # no code is taken twice

    class Meta(Device.Meta):
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        return bytes.fromhex(signing.unseal(self.sealed_key))

    def verify_token(self, token: str) -> bool:
        """Take a code once; a wrong one makes the next try wait."""
        if not self.verify_is_allowed()[0]:
            return False
        totp = TOTP(self.bin_key, STEP_SECONDS, 0, DIGITS, self.drift)
        totp.time = time.time()
        is_code = token.isascii() and token.isdecimal() and len(token) == DIGITS
        if not (is_code and totp.verify(int(token), TOLERANCE, self.last_t + 1)):
            self.throttle_increment(commit=True)
            return False
        self.last_t, self.drift = totp.t(), totp.drift
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        return 1.0

    @property
    def config_url(self) -> str:
        """Return the address that apps read (otpauth)."""
        issuer = settings.OTP_TOTP_ISSUER
        label = quote(f"{issuer}:{self.user.get_username()}")
        told: dict[str, Any] = {
            "secret": b32encode(self.bin_key).decode().rstrip("="),
            "algorithm": "SHA1",
            "digits": DIGITS,
            "period": STEP_SECONDS,
            "issuer": issuer,
        }
        return f"otpauth://totp/{label}?{urlencode(told)}"


class RecoveryDevice(TimestampMixin, ThrottlingMixin, Device):
    """Codes on paper, each good for one sign-in."""

    digests = models.JSONField(default=list, editable=False)

    class Meta(Device.Meta):
        verbose_name = _("recovery codes")
        verbose_name_plural = _("recovery codes")
        default_permissions = ()

    def digest(self, code: str) -> str:
        """Return what is kept of a code: worthless without the shop's key and for
        anybody else's account.
        """
        return signing.digest(f"recovery code of {self.user_id}", code)

    def verify_token(self, token: str) -> bool:
        """Take a code and strike it off."""
        if not self.verify_is_allowed()[0]:
            return False
        found = self.digest(token)
        if found not in self.digests:
            self.throttle_increment()
            return False
        self.digests = [one for one in self.digests if one != found]
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> float:
        return 1.0
