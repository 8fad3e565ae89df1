"""Which small tables changed since the history last read them: noted by triggers, so
that no writer can forget.
"""

from collections.abc import Mapping

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

# The tables of PostgreSQL whose changes make a snapshot stale
SOURCES = {
    "profiles_customer": ("customers", "merges"),
    "profiles_item": ("items",),
    "profiles_consent": ("consents",),
    "profiles_portrait": ("portraits",),
    "profiles_score": ("scores",),
    "profiles_rate": ("rates",),
}
EVENTS = "profiles_event"
TRIGGER = "profiles_note_change"
TRIGGERS = """
    CREATE TABLE IF NOT EXISTS profiles_history_change (
        table_name text, transaction bigint, PRIMARY KEY (table_name, transaction)
    );
    CREATE OR REPLACE FUNCTION profiles_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO profiles_history_change VALUES (TG_TABLE_NAME, pg_current_xact_id()::text::bigint)
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$;
""" + "".join(
    f"""
    CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION profiles_note_change();
    """
    for table in (*SOURCES, EVENTS)
)
# Without its trigger a table tells nothing: it may have changed.
UNWATCHED = f"""
    NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = '{TRIGGER}' AND tgrelid = %s::regclass AND tgenabled <> 'D')
"""
CHANGED = f"""
    SELECT {UNWATCHED} OR EXISTS (SELECT FROM profiles_history_change WHERE table_name = %s
        AND NOT pg_visible_in_snapshot(transaction::text::xid8, %s::pg_snapshot))
"""
HAS_EVENTS = f"""
    SELECT {UNWATCHED} OR EXISTS (SELECT FROM profiles_history_change
        WHERE table_name = %s AND transaction >= %s AND transaction < %s)
"""
FORGET = (
    "DELETE FROM profiles_history_change WHERE table_name = %s AND transaction < %s"
)
XMIN = (
    "SELECT min(pg_snapshot_xmin(seen::pg_snapshot)::text::bigint) FROM"
    " unnest(%s::text[]) AS seen"
)


def install(sender: AppConfig, using: str, **_options: object) -> None:
    """Put the triggers in place after every migration; where they are already, nothing
    is locked.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname = %s", [TRIGGER])
        if cursor.fetchone()[0] != len(SOURCES) + 1:
            cursor.execute(TRIGGERS)


def stale(cursor: CursorWrapper, seen: Mapping[str, str]) -> list[str]:
    """Return what misses a change that is committed by now; ``seen`` are the snapshots
    that each was read in.
    """
    return [
        name
        for table, names in SOURCES.items()
        for name in names
        if name not in seen or _has_changed(cursor, table, seen[name])
    ]


def has_events(cursor: CursorWrapper, first: int, end: int) -> bool:
    """Whether any of the transactions from ``first`` to before ``end`` stored an event."""
    cursor.execute(HAS_EVENTS, [EVENTS, EVENTS, first, end])
    return bool(cursor.fetchone()[0])


def forget(cursor: CursorWrapper, seen: Mapping[str, str], watermark: int) -> None:
    """Drop the notes of what was read: of each table by the snapshots made of it, of
    events below the watermark.
    """
    cursor.execute(FORGET, [EVENTS, watermark])
    for table, names in SOURCES.items():
        cursor.execute(XMIN, [[seen[name] for name in names]])
        cursor.execute(FORGET, [table, cursor.fetchone()[0]])


def _has_changed(cursor: CursorWrapper, table: str, seen: str) -> bool:
    cursor.execute(CHANGED, [table, table, seen])
    return bool(cursor.fetchone()[0])
