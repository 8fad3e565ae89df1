"""Files of items."""

from typing import ClassVar

from profiles.intake.cleaners import (
    category,
    currency,
    identifier,
    money,
    text,
    yes_no,
)

from .base import Column
from .upserts import Upserts


class Items(Upserts):
    table = "profiles_item"
    tables = ("profiles_item",)
    id_column = "item_id"
    extra = "attributes"
    columns: ClassVar = (
        Column("item_id", identifier, is_required=True),
        *(Column(name, text) for name in ("title", "description", "brand")),
        Column("category", category),
        Column("price", money(14, 4)),
        Column("currency", currency),
        Column("available", yes_no),
        Column("never_recommend", yes_no),
        *(Column(name, text) for name in ("image_url", "url")),
        Column("seller_id", identifier),
    )
    defaults: ClassVar = {
        "price": "NULL",
        "available": "true",
        "never_recommend": "NULL",
    }
