"""The HTML of a message inside a page of ours: no script, no form, nothing loaded,
nothing of our session.
"""

import re

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

LOADS_NOTHING = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " form-action 'none'"
)
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


def letter(html: str, *, opens_links: bool = False) -> HttpResponse:
    """Answer with a message's HTML under a policy of its own: looking at it counts no
    open and runs nothing.
    """
    sandbox = f"sandbox {OPENS_LINKS}" if opens_links else "sandbox"
    response = HttpResponse(f'<base target="_blank">{without_remote(html)[0]}')
    response["Content-Security-Policy"] = (
        f"{LOADS_NOTHING}; frame-ancestors 'self'; {sandbox}"
    )
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
    return REMOTE.subn(lambda found: found[1] + GREY, PICTURE.sub(_seen, html))


def _seen(picture: re.Match[str]) -> str:
    return "" if UNSEEN.search(picture[0]) else picture[0]
