"""What lies near an item: by the words written about it."""

from profiles.models import Item
from recommender import serving
from recommender.admin.search_page import lines
from recommender.vectors import places
from retention_site.lib.admin.panels import Panel

SHOWN = 8


def panel(item: Item) -> Panel:
    found = serving.similar_items(item.external_id, SHOWN)
    there = places()
    facts = {
        "lines": lines((one.item_id, one.score) for one in found),
        "is_by_words": any(one.engine == "lexical" for one in found),
        "has_places": there is not None,
        "model": there.about.model if there else "",
    }
    return Panel("admin/panels/similar.html", facts=facts)
