"""Invite a colleague by mail: a link that makes one account with one role, once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.delivery.channels.contract import Channel
from campaigns.delivery.channels.line import Outgoing, ProviderAway
from campaigns.delivery.gating.eligibility import channel_named
from campaigns.delivery.lease_times import timing
from campaigns.delivery.outcome import Answer
from campaigns.roles import ROLES
from profiles.delegation import check_groups
from profiles.models import Invitation
from retention_site.lib.acts import Act, tell
from retention_site.lib.admin.masking import masked
from retention_site.lib.admin.words import day
from retention_site.lib.clock import real_now
from retention_site.lib.security import signing

VALID = timedelta(days=7)
TOKEN_BYTES = 32


class Gone(ValueError):
    """The link was used, withdrawn, is too old, or was never made here."""


@transaction.atomic
def invite(
    email: str, role: str, *, by: User, address: str = ""
) -> tuple[Invitation, str]:
    """Return a new invitation and its link, which can't be read again; one that waited
    for the same address is void. Raise `ValidationError`.
    """
    email = email.strip().lower()
    validate_email(email)
    group = Group.objects.filter(name=role, name__in=ROLES).first()
    if group is None:
        raise ValidationError(_("Choose a role."))
    check_groups(by, (), [group])
    if User.objects.filter(email__iexact=email, is_active=True).exists():
        raise ValidationError(_("Somebody with this address is in the team already."))
    moment, token = real_now(), secrets.token_urlsafe(TOKEN_BYTES)
    Invitation.objects.filter(email=email, accepted_at=None, withdrawn_at=None).update(
        withdrawn_at=moment
    )
    made = Invitation.objects.create(
        email=email,
        role=group,
        digest=Invitation.digest_of(token),
        invited_by=by,
        expires_at=moment + VALID,
    )
    after = {"role": role, "email": masked(email)}
    tell(Act("team.invite", by, made, after=after, address=address))
    return made, f"{settings.BASE_URL}{reverse('join', args=[token])}"


def mail(invitation: Invitation, link: str) -> bool:
    """Mail the link by our own e-mail channel; say whether it was taken."""
    words = {
        "who": invitation.invited_by.get_full_name() or invitation.invited_by,
        "link": link,
        "day": day(invitation.expires_at),
    }
    going = Outgoing(
        message=0,
        key=signing.digest("invitation", invitation.digest)[:32],
        address=invitation.email,
        is_marketing=False,
        subject=_("You are invited to Rapport"),
        text=_(
            "%(who)s invites you to work with Rapport.\n\nOpen this link and choose a"
            " password:\n%(link)s\n\nIt works once, until %(day)s."
        )
        % words,
    )
    channel: Channel = channel_named("email")()
    try:
        with channel.open(timing().answer) as line:
            return next(line.send([going], lambda: True)).answer == Answer.ACCEPTED
    except (ProviderAway, ImproperlyConfigured):
        return False


def opened(token: str) -> Invitation:
    """Return the invitation that a link is for; raise `Gone`."""
    found = (
        Invitation.objects.open(real_now())
        .filter(digest=Invitation.digest_of(token))
        .select_related("role", "invited_by")
        .first()
    )
    if found is None:
        raise Gone
    return found


def accept(
    token: str, *, username: str, password: str, full_name: str = "", address: str = ""
) -> User:
    """Make the account. Raise `Gone`, or `ValidationError` for what was typed.

    The row is locked: of two who open the same link one is first. Whoever invited must
    still hold what the role holds.
    """
    with transaction.atomic():
        invitation = opened(token)
        locked = Invitation.objects.select_for_update().open(real_now())
        if not locked.filter(pk=invitation.pk).exists():
            raise Gone
        try:
            check_groups(invitation.invited_by, (), [invitation.role])
        except ValidationError:
            raise Gone from None
        account = _account(invitation, username, password, full_name)
        Invitation.objects.filter(pk=invitation.pk).update(
            accepted_at=real_now(), account=account
        )
    after = {"groups": [invitation.role.name]}
    tell(Act("team.join", account, account, after=after, address=address))
    return account


def withdraw(invitation: Invitation, *, by: User, address: str = "") -> bool:
    """Let a link open nothing any more; say whether it would have."""
    n = Invitation.objects.filter(
        pk=invitation.pk, accepted_at=None, withdrawn_at=None
    ).update(withdrawn_at=real_now())
    if n:
        tell(Act("team.withdraw", by, invitation, address=address))
    return bool(n)


def _account(
    invitation: Invitation, username: str, password: str, full_name: str
) -> User:
    first, _blank, last = full_name.strip().partition(" ")
    account = User(
        username=username.strip(),
        email=invitation.email,
        first_name=first,
        last_name=last.strip(),
        is_staff=True,
    )
    account.set_unusable_password()
    account.full_clean()
    validate_password(password, account)
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        raise ValidationError(
            {"username": _("A user with that username already exists.")}
        ) from None
    account.groups.set([invitation.role])
    return account
