"""The HTML of a message inside a page of ours: no script, no form, nothing loaded,
nothing of our session.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {ours} data:;"
    " font-src data:; form-action 'none'"
)
# The shop's own pictures, which it serves to everybody: asking for one tells nobody.
OUR_PICTURES = "/i/"
OURS = re.compile(r"/i/[0-9a-f]{40}\.(?:png|jpg|gif)\Z")
PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
# counts opens; refused, it would be an error
UNSEEN = re.compile(r"\bdisplay:\s*none", re.IGNORECASE)
# Attributes and styles that load from another host. Bounded: no letter can be long to
# look through.
REMOTE = re.compile(
    r"""(\b(?:src|srcset|background|poster)\s{0,9}=\s{0,9}["']|\burl\(\s{0,9}["']?)"""
    r"""(?:https?:)?//[^"'>)]*""",
    re.IGNORECASE,
)
GREY = (
    "data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27 width=%2720%27"
    " height=%2714%27%3E%3Crect width=%27100%25%27 height=%27100%25%27"
    " fill=%27%23d4d9d8%27/%3E%3C/svg%3E"
)
OPENS_LINKS = "allow-popups allow-popups-to-escape-sandbox"


def letter(
    html: str, *, opens_links: bool = False, is_touched: bool = False
) -> HttpResponse:
    """Answer with a message's HTML under a policy of its own: looking at it counts no
    open and runs nothing.

    One that is touched is our editor's: the page around it may see which block was
    clicked; scripts of the letter itself run there no more than elsewhere.
    """
    sandbox = f"sandbox {OPENS_LINKS}" if opens_links else "sandbox"
    if is_touched:
        sandbox = "sandbox allow-same-origin"
    policy = POLICY.format(ours=f"{settings.BASE_URL}{OUR_PICTURES}")
    page = f'<!doctype html><base target="_blank">{without_remote(html)[0]}'
    response = HttpResponse(page)
    response["Content-Security-Policy"] = f"{policy}; frame-ancestors 'self'; {sandbox}"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def shown(request: HttpRequest) -> HttpResponse:
    """Answer with the HTML that a page of ours posted into its frame.

    A frame filled by the page itself would inherit the page's policy, which lets no
    style of a letter through.
    """
    return letter(request.POST.get("html", ""))


def without_remote(html: str) -> tuple[str, int]:
    """Put grey boxes where pictures of other hosts would load; return the HTML and how
    many there were.

    Looking at a letter tells nobody that it was looked at, and counts no open.
    """
    n_hidden = 0

    def hidden(found: re.Match[str]) -> str:
        nonlocal n_hidden
        if _is_ours(found[0].removeprefix(found[1])):
            return found[0]
        n_hidden += 1
        return found[1] + GREY

    return REMOTE.sub(hidden, PICTURE.sub(_seen, html)), n_hidden


def _is_ours(address: str) -> bool:
    base = settings.BASE_URL
    return address.startswith(base) and bool(OURS.match(address.removeprefix(base)))


def _seen(picture: re.Match[str]) -> str:
    return "" if UNSEEN.search(picture[0]) else picture[0]
