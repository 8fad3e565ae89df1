"""Keep the audit trail: listen to what pages, commands, forms and sign-ins tell."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.db.models import Model
from django.db.models.signals import post_save
from django.http import HttpRequest

from profiles.models import AuditEntry, Customer
from retention_site.lib import acts
from retention_site.lib.acts import Act
from retention_site.lib.security.log_redaction import hidden

LONGEST = 300
FLAGS = {1: "add", 2: "change", 3: "delete"}  # of Django's own log of its forms


def watch() -> None:
    """Begin to listen."""
    acts.done.connect(_on_act, dispatch_uid="audit")
    user_logged_in.connect(_on_login, dispatch_uid="audit")
    user_logged_out.connect(_on_logout, dispatch_uid="audit")
    user_login_failed.connect(_on_failure, dispatch_uid="audit")
    post_save.connect(_on_form, sender=LogEntry, dispatch_uid="audit")


def note(act: Act) -> AuditEntry:
    """Write one act down."""
    account = act.by if isinstance(act.by, get_user_model()) else None
    return AuditEntry.objects.create(
        account=account,
        by=account.get_username() if account else str(act.by or "")[:LONGEST],
        via=act.via,
        address=act.address,
        verb=act.verb,
        **_target(act.target),
        before=_kept(act.before),
        after=_kept(act.after),
    )


def _target(target: Any) -> dict[str, str]:
    """Name what was acted on; a customer by number alone, so that erasing leaves nobody
    in the trail.
    """
    if isinstance(target, Model):
        said = (
            f"{target._meta.verbose_name} {target.pk}"
            if isinstance(target, Customer)
            else str(target)
        )
        return {
            "target_kind": target._meta.label_lower,
            "target_id": str(target.pk or ""),
            "target": hidden(said)[:LONGEST],
        }
    return {
        "target_kind": "",
        "target_id": "",
        "target": hidden(str(target or ""))[:LONGEST],
    }


def _kept(facts: Any) -> dict[str, Any]:
    return {
        str(name)[:80]: hidden(value)[:LONGEST] if isinstance(value, str) else value
        for name, value in facts.items()
    }


def _on_act(act: Act, **_signal: Any) -> None:
    note(act)


def _on_login(request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    note(Act("account.login", by=user, target=user, address=_address(request)))


def _on_logout(request: HttpRequest | None, user: Any, **_signal: Any) -> None:
    if user is not None:
        note(Act("account.logout", by=user, target=user, address=_address(request)))


def _on_failure(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any
) -> None:
    """Keep the name that was tried only where there is such an account: people type
    passwords there.
    """
    name = str(credentials.get("username") or "")[:150]
    found = get_user_model().objects.filter(username=name).first()
    note(
        Act(
            "account.login_failed", by="", target=found or "", address=_address(request)
        )
    )


def _on_form(instance: LogEntry, created: bool, **_signal: Any) -> None:
    """Take over what Django's own forms write down: limits, rates, accounts, roles."""
    if not created:
        return
    kind = instance.content_type.model if instance.content_type else "row"
    verb = f"{kind}.{FLAGS.get(instance.action_flag, 'change')}"
    about = (
        f"{kind} {instance.object_id}" if kind == "customer" else instance.object_repr
    )
    note(
        Act(verb, by=instance.user, target=about, after=_said(instance.change_message))
    )


def _said(message: str) -> dict[str, Any]:
    try:
        found = json.loads(message) if message else []
    except ValueError:
        return {"said": message}
    fields = [
        name
        for one in found
        if isinstance(one, dict)
        for part in one.values()
        for name in part.get("fields", ())
    ]
    return {"fields": fields} if fields else {}


def _address(request: HttpRequest | None) -> str:
    return str(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
