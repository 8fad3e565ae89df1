"""Addresses of pages: each must be one of the facts' links. Pure."""

from __future__ import annotations

import re

from campaigns.copy.fact_check.draft import Draft
from campaigns.copy.fact_check.facts import Facts

ENDINGS = (
    "com|net|org|shop|store|example|test|info|biz|online|site|app|io|me|ly|co|eu|uk|de"
    "|fr|es|it|nl|be|at|ch|pl|se|no|dk|fi|pt|ie|us|ca|au|nz|in|cn|hk|tw|sg|jp|kr|xyz"
    "|top|vip|link|club|cc"
)
LINK = re.compile(
    r"(?:https?://|www\.)[^\s\ufffc<>\"'，。！？；、（）【】《》\u4e00-\u9fff]{1,500}"
    rf"|(?<![\w@.-])(?:[A-Za-z0-9-]{{1,60}}\.){{1,4}}(?:{ENDINGS})(?![\w-])(?!\.\w)"
    r"(?:/[A-Za-z0-9_~%./?=&#+-]{0,300})?",
    re.I,
)
MAIL_BEFORE = re.compile(r"@$")


def check(draft: Draft, facts: Facts) -> int:
    """Flag addresses that aren't the shop's; return how many right ones there are."""
    known = {_bare(link) for link in facts.links} | {
        _bare(text) for text in facts.known if LINK.fullmatch(Draft(text).plain)
    }
    hosts = {link.split("/")[0] for link in known}
    n_right = 0
    for found in draft.find(LINK):
        start = found.start()
        end = start + len(_without_tail(found[0]))
        said = draft.plain[start:end]
        if (bare := _bare(said)) in known or bare in hosts:
            draft.take(start, end)
            n_right += 1
        else:
            draft.flag("link", start, end, facts.links[0] if facts.links else "")
    return n_right


def _without_tail(said: str) -> str:
    """Leave out the marks that end the sentence, and a bracket that it stands in."""
    said = said.rstrip(".,;:!?*_")
    return said.rstrip(")").rstrip(".,") if "(" not in said else said


def _bare(link: str) -> str:
    """Return an address without what makes no difference: scheme, www, last slash."""
    link = re.sub(r"^(?:https?://)?(?:www\.)?", "", link.strip(), flags=re.I)
    host, slash, rest = link.partition("/")
    return (host.lower() + slash + rest).rstrip("/")
