"""What customers did since the occasion of a triggered message: it may make the message
pointless.
"""

from collections.abc import Iterable, Sequence

from django.db import connection

WORDS = {"purchase": "bought meanwhile"}
# Whatever the customer, or one who was merged into it, did after the occasion.
DONE = """
    SELECT DISTINCT ON (asked.id) asked.id, event.type
    FROM unnest(%(ids)s::bigint[], %(kinds)s::text[]) AS asked (id, kinds)
    JOIN campaigns_occasion occasion ON occasion.{column} = asked.id
    JOIN profiles_customer told ON told.id = occasion.customer_id
    CROSS JOIN LATERAL (
        SELECT coalesce(told.merged_into_id, told.id) AS id
        UNION ALL
        SELECT other.id FROM profiles_customer other WHERE other.merged_into_id = coalesce(told.merged_into_id, told.id)
    ) person
    JOIN profiles_event event ON event.customer_id = person.id AND event.happened_at > occasion.happened_at
        AND lower(event.type) = ANY(string_to_array(asked.kinds, E'\\n'))
    ORDER BY asked.id, event.happened_at
"""
Asked = Iterable[tuple[int, Sequence[str]]]


def done(messages: Asked) -> dict[int, str]:
    """Return in words, by message, which of the events came after its occasion."""
    return _done(messages, "message_id")


def done_since(occasions: Asked) -> dict[int, str]:
    """Return in words, by occasion, which of the events came after it."""
    return _done(occasions, "id")


def _done(asked: Asked, column: str) -> dict[int, str]:
    kinds = {id_: "\n".join(events).casefold() for id_, events in asked if events}
    if not kinds:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            DONE.format(column=column),
            {"ids": list(kinds), "kinds": list(kinds.values())},
        )
        return {
            id_: WORDS.get(event.casefold(), f"{event} meanwhile")
            for id_, event in cursor.fetchall()
        }
