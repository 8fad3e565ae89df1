"""What a person proves a sign-in with, besides the password."""

from __future__ import annotations

import secrets
from typing import Any

import django_otp
import segno
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from profiles.models import AuthenticatorDevice, RecoveryDevice, SecondFactorRule
from retention_site.lib.security import signing

N_RECOVERY_CODES = 10
EVERYBODY = "everybody"
NAME = "app"
KEY_BYTES = 20  # as long as the hash (RFC 4226, 4)


def has_one(user: User) -> bool:
    """Say whether a person has set a second factor up."""
    return AuthenticatorDevice.objects.filter(user=user, confirmed=True).exists()


def is_required(user: User) -> bool:
    """Say whether the shop asks this person for one: by role, or everybody."""
    wanted = roles_that_need_one()
    if not wanted or EVERYBODY in wanted:
        return bool(wanted)
    is_admin = user.is_superuser and "admin" in wanted
    return is_admin or user.groups.filter(name__in=wanted).exists()


def roles_that_need_one() -> set[str]:
    """Return the roles that the settings and the team's page ask for one."""
    chosen = SecondFactorRule.objects.values_list("role__name", flat=True)
    return {*settings.SECOND_FACTOR, *chosen}


def begin(user: User) -> AuthenticatorDevice:
    """Return the device that is being set up; its key is shown until a first code
    proves it.
    """
    device, _is_new = AuthenticatorDevice.objects.get_or_create(
        user=user,
        confirmed=False,
        defaults={
            "name": NAME,
            "sealed_key": signing.seal(secrets.token_hex(KEY_BYTES)),
        },
    )
    return device


@transaction.atomic
def confirm(user: User, code: str) -> tuple[AuthenticatorDevice, list[str]] | None:
    """Take the new device into use if the code is its own; return it with the recovery
    codes.
    """
    device = (
        AuthenticatorDevice.objects.select_for_update()
        .filter(user=user, confirmed=False)
        .first()
    )
    if (
        device is None
        or not device.verify_is_allowed()[0]
        or not device.verify_token(code)
    ):
        return None
    AuthenticatorDevice.objects.filter(user=user, confirmed=True).delete()
    device.confirmed = True
    device.save()
    return device, renew_recovery_codes(user)


def check(user: User, code: str) -> Any:
    """Return the device that this code proves, None where none does; too many tries
    have to wait.
    """
    return django_otp.match_token(user, code.replace(" ", "").strip().lower())


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Return new recovery codes, each good for one sign-in; those before are void."""
    RecoveryDevice.objects.filter(user=user).delete()
    device = RecoveryDevice.objects.create(user=user, name="recovery")
    codes = [secrets.token_hex(5) for _ in range(N_RECOVERY_CODES)]
    device.digests = [device.digest(code) for code in codes]
    device.save()
    return codes


@transaction.atomic
def reset(user: User) -> int:
    """Forget a person's second factor, as when a phone is lost; return how many devices
    went.
    """
    gone = AuthenticatorDevice.objects.filter(user=user).delete()[0]
    return gone + RecoveryDevice.objects.filter(user=user).delete()[0]


def picture(device: AuthenticatorDevice) -> str:
    """Return the QR code of a device as an address of its own: nothing is fetched to
    draw it.
    """
    return str(segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2))
