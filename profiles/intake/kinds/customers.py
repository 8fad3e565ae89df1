"""Files of customers."""

from typing import ClassVar

from profiles.intake.cleaners import birthday, email, moment, person, phone, text

from .base import Column
from .upserts import Upserts


class Customers(Upserts):
    table = "profiles_customer"
    id_column = "customer_id"
    extra = "traits"
    kept_out = "AND target.erased_at IS NULL"
    columns: ClassVar = (
        Column("customer_id", person, is_required=True),
        Column("email", email),
        Column("phone", phone),
        *(Column(name, text) for name in ("first_name", "last_name", "gender")),
        Column("birth_date", birthday),
        *(
            Column(name, text)
            for name in ("age", "region", "country", "language", "time_zone")
        ),
        Column("signed_up_at", moment),
    )
    defaults: ClassVar = {"birth_date": "NULL", "signed_up_at": "NULL"}
