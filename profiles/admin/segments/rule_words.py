"""A segment's rule in the marketer's words."""

from typing import Any

from django.utils.translation import gettext as _

from profiles.segments import describe


def in_words(rule: dict[str, Any]) -> str:
    """Say a rule; one that names a predicate that is gone is said to be so."""
    try:
        return describe(rule)
    except ValueError as error:
        return _("This rule can't be read: %(error)s") % {"error": error}
