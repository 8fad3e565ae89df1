"""Contents of versions, the big part of them, remembered: they never change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaigns.models import CampaignVersion

MOST_VERSIONS = 200  # remembered per process


def put_in(versions: Iterable[CampaignVersion]) -> None:
    """Give versions that were read without their content the content they have.

    It is known by version and hash: a number alone may mean another version after a
    database was restored under us.
    """
    versions = list(versions)
    wanted = {(one.pk, one.hash) for one in versions}
    if unknown := wanted - _known.keys():
        if len(_known) > MOST_VERSIONS:
            _known.clear()
            unknown = wanted
        found = CampaignVersion.objects.filter(
            pk__in=[pk for pk, _ in unknown]
        ).values_list("pk", "hash", "content")
        _known.update({(pk, hash_): content for pk, hash_, content in found})
    for one in versions:
        one.content = _known[one.pk, one.hash]


_known: dict[tuple[int, str], dict[str, Any]] = {}
