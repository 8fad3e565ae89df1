"""The HTML of a message inside a page of ours: no script, no form, nothing loaded,
nothing of our session.
"""

import re

from django.http import HttpResponse

LOADS_NOTHING = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:;"
    " form-action 'none'"
)
PICTURE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
# counts opens; refused, it would be an error
UNSEEN = re.compile(r"\bdisplay:\s*none", re.IGNORECASE)
OPENS_LINKS = "allow-popups allow-popups-to-escape-sandbox"


def letter(html: str, *, opens_links: bool = False) -> HttpResponse:
    """Answer with a message's HTML under a policy of its own: looking at it counts no
    open and runs nothing.
    """
    sandbox = f"sandbox {OPENS_LINKS}" if opens_links else "sandbox"
    response = HttpResponse(f'<base target="_blank">{PICTURE.sub(_seen, html)}')
    response["Content-Security-Policy"] = (
        f"{LOADS_NOTHING}; frame-ancestors 'self'; {sandbox}"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def _seen(picture: re.Match[str]) -> str:
    return "" if UNSEEN.search(picture[0]) else picture[0]
