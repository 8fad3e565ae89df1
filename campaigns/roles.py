"""The roles that come with the shop: Django groups, made once; what a shop changes in
them stays.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _

APPS = ("profiles", "recommender", "campaigns")
LOOKS = "view_"
MARKETS = (  # what a marketer writes, starts and holds
    "campaign",
    "template",
    "segment",
    "listrules",
    "contactlimit",
    "couponpool",
    "schedule",
    "item",  # what is never recommended
    "rate",
    "seedaddress",
    "importfile",
    "savedmapping",
    "shoprule",
)
KEEPS_IN_ORDER = ("quarantinedrow", "merge", "job")
SECRETS = (
    "apikey",
    "inboundsource",
    "channelsettings",
    "hook",
    "shopkey",
    "idempotentcall",
    "auditentry",
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
def settle(**_signal: Any) -> None:
    """Make the roles that are not there yet. Called once all permissions are made."""
    there = set(Group.objects.filter(name__in=ROLES).values_list("name", flat=True))
    if there >= set(ROLES):
        return
    rights = list(
        Permission.objects.filter(
            content_type__app_label__in=(*APPS, "auth")
        ).select_related("content_type")
    )
    for name in ROLES:
        if name not in there:
            Group.objects.create(name=name).permissions.set(
                [one for one in rights if _holds(name, one)]
            )


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
