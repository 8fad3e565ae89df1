"""Files of the history that are not what was written: found, and made anew from
PostgreSQL.
"""

import time
from collections.abc import Mapping
from dataclasses import replace

import structlog

from retention_site.lib.checksums import what_is_wrong
from retention_site.lib.clock import real_now

from . import export, manifest, parts
from .manifest import Manifest, Repair

log = structlog.get_logger(__name__)
OF_MONTHS = " AND to_char(happened_at AT TIME ZONE 'UTC', 'YYYY-MM') IN ({months})"
REPAIRS_KEPT = 20


class HistoryDamaged(RuntimeError):
    """A file of the history can't be read and could not be made anew; names the file
    and the remedy.
    """


def damaged(held: Manifest, *, anew: bool = False) -> dict[str, str]:
    """Return the files that are not what was written, each with what is wrong; ``anew``
    reads every byte again.
    """
    home = manifest.folder()
    told = {
        one.path: what_is_wrong(home / one.path, one.size, one.sha256, anew=anew)
        for one in held.all_files()
    }
    return {path: wrong for path, wrong in told.items() if wrong}


def repaired(held: Manifest, broken: Mapping[str, str]) -> Manifest:
    """Read the months of broken parts again from PostgreSQL; leave out small tables
    that are broken.

    Whoever refreshes adds those. One refresher may do this at a time.
    """
    for path, wrong in broken.items():
        log.error("a file of the history is made anew", path=path, wrong=wrong)
    months = {part.month for part in held.parts if part.path in broken}
    unused = [part.path for part in held.parts if part.month in months]
    unused += [one.path for one in held.snapshots.values() if one.path in broken]
    moment, since = real_now().isoformat(), time.time()
    told = tuple(Repair(path, wrong, moment) for path, wrong in broken.items())
    return replace(
        held,
        parts=(
            *(part for part in held.parts if part.month not in months),
            *_read_again(held, months),
        ),
        snapshots={
            name: one for name, one in held.snapshots.items() if one.path not in broken
        },
        retired=(*held.retired, *((path, since) for path in unused)),
        repairs=(*held.repairs, *told)[-REPAIRS_KEPT:],
    )


def check(held: Manifest) -> None:
    """Raise `HistoryDamaged` where files are not what was written."""
    for path, wrong in damaged(held).items():
        raise HistoryDamaged(
            f"{path} of the history is {wrong}: run manage.py history rebuild."
        )


def _read_again(held: Manifest, months: set[str]) -> list[manifest.Part]:
    """Write the events of whole months that the history had read before."""
    if not months:
        return []
    listed = ", ".join(f"'{month}'" for month in sorted(months))
    query = export.EVENTS + OF_MONTHS.format(months=listed)
    with export.export(
        query, **export.shop_time(), first=0, end=held.watermark
    ) as rows:
        return parts.write(rows)
