"""The library of pictures: uploaded, described, and erased where nothing shows them."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from campaigns.admin.message_text.templates import CHANGE
from campaigns.models import Image
from campaigns.rendering.design import images
from campaigns.rendering.design.image_reader import MOST_BYTES, BadImage
from retention_site.lib.admin.pages import person, show


def library(request: HttpRequest) -> HttpResponse:
    """Show every picture and whether something shows it; as JSON for the editor."""
    rows = images.listed()
    if "json" in request.GET:
        return JsonResponse({"images": [facts(one) for one in rows]})
    used = images.used()
    context = {
        "title": _("Images"),
        "rows": [(one, facts(one), one.digest in used) for one in rows],
        "n_unused": sum(one.digest not in used for one in rows),
        "may_change": request.user.has_perm(CHANGE),
        "most_mb": MOST_BYTES // 1_000_000,
    }
    return show(
        request, admin.site, "admin/campaigns/message_editor/images.html", context
    )


def facts(image: Image) -> dict[str, object]:
    """Return what the editor knows of a picture."""
    return {
        "digest": image.digest,
        # of this site: pages of the admin show pictures of no other
        "url": images.path(image.digest, image.media_type),
        "name": image.name,
        "alt": image.alt,
        "width": image.width,
        "height": image.height,
    }


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take a picture; answer with its facts, or with one sentence why not."""
    sent = request.FILES.get("file")
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    try:
        if sent is None:
            raise BadImage(_("Choose a picture."))
        content = sent.read(MOST_BYTES + 1)
        alt = request.POST.get("alt", "")
        image = images.keep(content, sent.name or "", alt, by=person(request))
    except BadImage as error:
        if wants_json:
            return JsonResponse({"problem": str(error)}, status=422)
        messages.error(request, str(error))
        return redirect("images")
    if wants_json:
        return JsonResponse(facts(image))
    messages.success(request, _("“%(name)s” is in the library.") % {"name": image.name})
    return redirect("images")


@require_POST
def change(request: HttpRequest, image: int) -> HttpResponse:
    """Describe a picture anew, or erase one that nothing shows."""
    row = get_object_or_404(Image.objects.defer("content"), pk=image)
    if request.POST.get("verb") != "erase":
        images.describe(row, request.POST.get("alt", ""))
        messages.success(request, _("Saved."))
        return redirect("images")
    try:
        images.erase(row)
        messages.success(request, _("“%(name)s” is erased.") % {"name": row.name})
    except BadImage as error:
        messages.error(request, str(error))
    return redirect("images")
