"""What a batch of cells holds that is rare enough to be looked for only then."""

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from .cells import joined


@dataclass(frozen=True)
class Contents:
    """What was found in one batch, whose columns are called as they are inside."""

    has_nul: bool
    longest: int  # bytes of a text
    is_nested: bool
    has_plus: bool  # an id that may be a number which a spreadsheet shortened
    has_point: bool  # an id that may be a number to which a spreadsheet gave a point
    written: frozenset[str]  # columns of numbers that people wrote

    @classmethod
    def of(
        cls, batch: pa.Table, ids: Collection[str], written: Collection[str]
    ) -> "Contents":
        names = [
            name for name in batch.column_names if pa.types.is_string(batch[name].type)
        ]
        longest = [pc.max(pc.binary_length(batch[name])).as_py() or 0 for name in names]
        data = {name: joined(batch[name]) for name in names}
        of_ids = [data[name] for name in names if name in ids]
        return cls(
            has_nul=any(b"\0" in one for one in data.values()),
            longest=max(longest, default=0),
            is_nested=any(pa.types.is_nested(column.type) for column in batch.columns),
            has_plus=any(b"+" in one for one in of_ids),
            has_point=any(b".0" in one for one in of_ids),
            written=frozenset(written),
        )
