"""What a page offers to do, and what an empty one says."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True)
class Verb:
    """Something one may do with what a page shows; done by the admin's method
    ``do_<key>``.
    """

    key: str
    label: str
    icon: str = ""
    look: str = ""  # "", "main" or "danger"
    asks: str = ""  # asked back before it is done
    why_not: str = ""  # shown instead, where it can't be done now
    has_form: bool = False  # the page draws a form of its own for it
    dialog: str = ""  # the address that asks back with the numbers of what will happen
    # who may, where that is another right than to change what the page shows
    right: str = ""
    # what exactly it is done to: comes back with the form, and must still be so
    about: str = ""


@dataclass(frozen=True)
class Nothing:
    """What an empty list says: what belongs here and how it comes."""

    icon: str = "inbox"
    title: Words = ""
    words: Words = ""
