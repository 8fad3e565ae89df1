"""Simulated ways to reach the demo shop's customers: the data has no names, addresses
or consents.

Addresses end in the reserved ``.example``, phones are the 555-01xx numbers kept free
for fiction, push endpoints lead to the local sink. Whatever shows them says that they
are simulated (`Customer.contacts_are_simulated`).
"""

from django.db import connection, transaction

SOURCE = "simulated for the demo"
SHARES = """
    SELECT household_id::VARCHAR AS customer_id, household_id, row_number() OVER (ORDER BY household_id) - 1 AS n,
        household_id * 7919 % 100 AS draw, household_id * 104729 % 100 AS other_draw
    FROM (SELECT DISTINCT household_id FROM transactions)
"""
# 25 North American area codes times the hundred fictional lines of each
AREA_CODES = (
    "[205, 212, 213, 214, 215, 216, 217, 301, 302, 303, 304, 305, 312, 313, 314, 315,"
    " 402, 404, 405, 406, 412, 413, 414, 415, 417]"
)
CONTACTS = f"""
    SELECT customer_id, 'customer-' || customer_id || '@shoppers.example' AS email,
        '+1' || ({AREA_CODES})[1 + n // 100] || '55501' || lpad((n % 100)::VARCHAR, 2, '0') AS phone,
        CASE WHEN draw < 70 THEN 'email' WHEN draw < 85 THEN 'push' ELSE 'sms' END AS preferred_channel
    FROM ({SHARES}) ORDER BY household_id
"""  # noqa: S608  every part is written here
CONSENTS = f"""
    SELECT customer_id, channel, 'marketing' AS topic, TIMESTAMPTZ '2017-01-01 05:00:00+00' AS at,
        if(other_draw < 4, 'withdrawn', 'granted') AS status, '{SOURCE}' AS source
    FROM ({SHARES}), (SELECT unnest(['email', 'sms', 'push']) AS channel)
    WHERE channel = 'email' OR draw >= 70 ORDER BY household_id, channel
"""  # noqa: S608
MARK = """
    UPDATE profiles_customer SET contacts_are_simulated = true
    WHERE email LIKE '%%@shoppers.example' AND NOT contacts_are_simulated
"""
DEVICES = """
    INSERT INTO profiles_device (customer_id, kind, token, keys, is_active)
    SELECT id, 'fcm', 'simulated-' || external_id, '{}', true FROM profiles_customer
    WHERE contacts_are_simulated AND traits->>'preferred_channel' = 'push'
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def mark_simulated() -> int:
    """Mark every made-up contact as such, give push lovers a device; return how many
    devices are new.
    """
    with connection.cursor() as cursor:
        cursor.execute(MARK)
        cursor.execute(DEVICES)
        return cursor.rowcount
