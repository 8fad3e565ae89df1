"""Pages of the admin refuse what no database can keep: a NUL inside an address or a
form.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NUL = "\0"


class RefuseNul:
    """Middleware: answer 400 where a page's address or form holds a NUL; browsers send
    none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Look at forms of the admin only: others read their bodies themselves."""
        if not request.path_info.startswith("/admin/"):
            return
        said = [request.path_info, *_values(request.GET), *_values(request.POST)]
        if any(NUL in words for words in said):
            raise BadRequest("There is a character in it that can't be kept.")


def _values(form: Any) -> list[str]:
    return [
        words
        for name, values in form.lists()
        for words in (name, *values)
        if isinstance(words, str)
    ]
