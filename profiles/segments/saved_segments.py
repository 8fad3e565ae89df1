"""Saved segments: their wording by version, their members with joins and leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify

from profiles.models import Segment, SegmentVersion
from profiles.signals import segment_changed
from retention_site.lib.clock import now, shop_zone

from .compiled import saved_rule
from .membership import members
from .rules import BadRule, parse, written

log = structlog.get_logger(__name__)
STAGE = "CREATE TEMPORARY TABLE fitting (customer_id bigint PRIMARY KEY) ON COMMIT DROP"
LEAVE = """
    UPDATE profiles_segmentmembership stay SET left_at = %(at)s
    WHERE segment_id = %(segment)s AND left_at IS NULL
        AND NOT EXISTS (SELECT FROM fitting WHERE fitting.customer_id = stay.customer_id)
    RETURNING customer_id
"""
JOIN = """
    INSERT INTO profiles_segmentmembership (segment_id, customer_id, joined_at)
    SELECT %(segment)s, customer.id, %(at)s FROM fitting JOIN profiles_customer customer ON customer.id = customer_id
    ON CONFLICT (segment_id, customer_id) WHERE left_at IS NULL DO NOTHING
    RETURNING customer_id
"""
COUNT_DAY = """
    INSERT INTO profiles_segmentday AS kept (segment_id, day, n_members, n_joined, n_left)
    VALUES (%(segment)s, %(day)s, %(n)s, %(joined)s, %(left)s)
    ON CONFLICT (segment_id, day) DO UPDATE SET n_members = excluded.n_members,
        n_joined = kept.n_joined + excluded.n_joined, n_left = kept.n_left + excluded.n_left
"""


@dataclass(frozen=True)
class Refreshed:
    """Who came and who went, by primary key."""

    n: int
    joined: tuple[int, ...]
    left: tuple[int, ...]


@transaction.atomic
def save(
    name: str, rule: Mapping[str, Any], *, title: str = "", by: User | None = None
) -> Segment:
    """Save a rule under a name; another wording than before is a new version. Raise
    `rules.BadRule`.
    """
    # who names itself stands in a circle
    parse(rule, lambda other: rule if other == name else saved_rule(other))
    rule = written(rule)
    segment, is_new = Segment.objects.select_for_update().get_or_create(
        name=name, defaults={"rule": rule, "title": title}
    )
    if not is_new and segment.rule != rule:
        segment.rule, segment.version = rule, segment.version + 1
    segment.title = title or segment.title
    segment.save()
    SegmentVersion.objects.get_or_create(
        segment=segment,
        number=segment.version,
        defaults={"rule": rule, "created_by": by},
    )
    return segment


def create(
    wished: str, rule: Mapping[str, Any], *, title: str, by: User | None = None
) -> Segment:
    """Save a rule under a name that nobody has yet, made from words. Raise
    `rules.BadRule`.
    """
    while True:
        name = _free_name(wished)
        try:
            with transaction.atomic():
                Segment.objects.create(name=name, rule=written(rule), title=title)
                return save(name, rule, title=title, by=by)
        except IntegrityError:  # somebody took it just now
            continue


def _free_name(wished: str) -> str:
    wanted = slugify(wished)[:80] or "segment"
    taken = set(
        Segment.objects.filter(name__startswith=wanted).values_list("name", flat=True)
    )
    names = (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def refresh(segment: Segment, at: datetime | None = None) -> Refreshed:
    """Bring a segment's members up to date with the history; announce who entered and
    who left.
    """
    at = at or now()
    fitting = members(segment.rule, at)
    with transaction.atomic(), connection.cursor() as cursor:
        # one refresh of a segment at a time
        Segment.objects.select_for_update().get(pk=segment.pk)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.fitting")
        cursor.execute(STAGE)
        with (
            connection.wrap_database_errors,
            cursor.copy("COPY fitting FROM STDIN") as copy,
        ):
            copy.write(
                "\n".join(map(str, fitting.tolist())).encode()
                + b"\n" * bool(len(fitting))
            )
        values: dict[str, int | datetime] = {"segment": segment.pk, "at": at}
        cursor.execute(LEAVE, values)
        left = tuple(customer for (customer,) in cursor.fetchall())
        cursor.execute(JOIN, values)
        joined = tuple(customer for (customer,) in cursor.fetchall())
        counted = {"n": len(fitting), "joined": len(joined), "left": len(left)}
        day = at.astimezone(shop_zone()).date()
        cursor.execute(COUNT_DAY, {"segment": segment.pk, "day": day, **counted})
        Segment.objects.filter(pk=segment.pk).update(
            n_members=len(fitting), refreshed_at=at
        )
        if joined or left:
            transaction.on_commit(
                lambda: segment_changed.send_robust(
                    Segment, segment=segment, joined=joined, left=left
                )
            )
    segment.refresh_from_db()
    return Refreshed(len(fitting), joined, left)


def refresh_all() -> int:
    """Refresh every segment; return how many there are. A rule that can't be read any
    more is left as it was.
    """
    segments = list(Segment.objects.order_by("pk"))
    for segment in segments:
        try:
            refresh(segment)
        except BadRule as error:
            log.warning("segment left as it was", segment=segment.name, why=str(error))
    return len(segments)
