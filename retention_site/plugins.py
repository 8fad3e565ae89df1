"""What is plugged in: group → key → dotted path. One line here, one new file there."""

PLUGINS: dict[str, dict[str, str]] = {
    "jobs": {},
    "predicates": {},
    "traits": {},
    "encoders": {},
    "engines": {},
    "scorers": {},
    "channels": {},
    "metrics": {},
}
