"""A secret on the one page that shows it; it is kept nowhere that can be read again."""

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from retention_site.lib.admin.pages import show


def shown_once(
    request: HttpRequest, name: str, secret: str, words: str, back: str
) -> TemplateResponse:
    """Answer with the secret of ``name``; no cache keeps the page and going back does
    not bring it again.
    """
    answer = show(
        request,
        admin.site,
        "admin/secret.html",
        {
            "title": _("Secret of %(name)s") % {"name": name},
            "name": name,
            "secret": secret,
            "words": words,
            "back": back,
        },
    )
    add_never_cache_headers(answer)
    return answer
