"""The roles that come with the shop: Django groups, made once and given what is new in
a release; what a shop takes from them stays taken.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps as all_apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from profiles.models import GivenRights
from retention_site.lib import acts

APPS = ("profiles", "recommender", "campaigns")
LOOKS = "view_"
MARKETS = (  # what a marketer writes, starts and holds
    "campaign",
    "template",
    "copyline",
    "segment",
    "listrules",
    "contactlimit",
    "couponpool",
    "pointsprogramme",
    "schedule",
    "item",  # what is never recommended
    "rate",
    "seedaddress",
    "importfile",
    "savedmapping",
    "shoprule",
    "document",
)
KEEPS_IN_ORDER = ("quarantinedrow", "merge", "job", "conversation")
SECRETS = (
    "apikey",
    "inboundsource",
    "channelsettings",
    "hook",
    "shopkey",
    "idempotentcall",
    "auditentry",
    "backup",
)
# each with its name and what its people do here
WORDS = {
    "admin": (_("Admin"), _("Everything, settings and the team too.")),
    "marketer": (
        _("Marketer"),
        _("Writes campaigns, segments and templates, and starts what is approved."),
    ),
    "approver": (_("Approver"), _("Approves what others wrote, and reads along.")),
    "analyst": (
        _("Analyst"),
        _("Reads everything, addresses masked; changes nothing."),
    ),
    "support": (
        _("Support"),
        _("Helps single customers: reads addresses, exports, erases, mends rows."),
    ),
}
ROLES = tuple(WORDS)
# rights that a person may be given beside the role, with what they allow
GRANTS = {
    "campaigns.approve_campaign": _("Approve campaigns that others wrote"),
    "profiles.view_personal_data": _("Read addresses and numbers in full"),
    "profiles.export_customer": _("Export what is kept about a customer"),
    "profiles.erase_customer": _("Erase a customer"),
}


@transaction.atomic
def settle(apps: Any = all_apps, **_signal: Any) -> None:
    """Make the roles that are not there yet, and give each one the rights it was never
    given. Called once all permissions are made.
    """
    try:
        apps.get_model(GivenRights._meta.label)
    except LookupError:  # a shop on its way to a release that remembers
        return
    rights = Permission.objects.filter(
        content_type__app_label__in=(*APPS, "auth")
    ).select_related("content_type")
    rights_of: dict[str, dict[str, Permission]] = {name: {} for name in ROLES}
    for right in rights:
        for name in ROLES:
            if _holds(name, right):
                rights_of[name][_key(right)] = right
    for name in ROLES:
        _give(name, rights_of[name])


def _give(name: str, rights: dict[str, Permission]) -> None:
    """Give a role those of its rights that it was never given before."""
    role, is_new = Group.objects.get_or_create(name=name)
    given, is_unknown = GivenRights.objects.get_or_create(role=role)
    new = sorted(rights.keys() - set(given.rights))
    if not new:
        return
    given.rights = sorted({*given.rights, *new})
    given.save(update_fields=["rights"])
    if is_unknown and not is_new:  # the shop's own group of that name
        return
    role.permissions.add(*(rights[key] for key in new))
    if not is_new:
        after = {"given": new}
        acts.tell(
            acts.Act("role.extended", "migrate", role, after=after, via="command")
        )


def _key(right: Permission) -> str:
    """Return a right as ``app.model.codename``: its number changes, this doesn't."""
    kind = right.content_type
    return f"{kind.app_label}.{kind.model}.{right.codename}"


def _holds(role: str, right: Permission) -> bool:
    app, model, code = (
        right.content_type.app_label,
        right.content_type.model,
        right.codename,
    )
    if role == "admin":
        return True
    if app == "auth":
        return False
    looks = (
        code.startswith(LOOKS) and model not in SECRETS and code != "view_personal_data"
    )
    match role:
        case "marketer":
            return looks or (model in MARKETS and code.startswith(("add_", "change_")))
        case "approver":
            return looks or code == "approve_campaign"
        case "support":
            cares = code in ("view_personal_data", "export_customer", "erase_customer")
            return (
                looks
                or cares
                or (model in KEEPS_IN_ORDER and code.startswith("change_"))
            )
    return looks
