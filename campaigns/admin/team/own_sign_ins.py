"""One's own sign-ins: where, since when, and ending the others."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from retention_site.lib.acts import Act, tell
from retention_site.lib.admin.pages import address_of, person, show
from retention_site.lib.admin.sessions import sign_ins


def page(request: HttpRequest) -> HttpResponse:
    """Show where one is signed in; POST ends one of the others, or all of them."""
    user, here = person(request), request.session.session_key
    if request.method == "POST":
        n = sign_ins.end(user, only=request.POST.get("only", ""), but=here)
        act = Act(
            "account.sign_out",
            user,
            user,
            after={"ended": n},
            address=address_of(request),
        )
        tell(act)
        words = ngettext("%(n)d sign-in ended.", "%(n)d sign-ins ended.", n)
        messages.success(request, words % {"n": n})
        return redirect("admin:sign-ins")
    found = sign_ins.of(user, here)
    context = {
        "title": _("Your sign-ins"),
        "sign_ins": found,
        "has_others": any(not one.is_this for one in found),
    }
    return show(request, admin.site, "admin/team/sign_ins.html", context)
