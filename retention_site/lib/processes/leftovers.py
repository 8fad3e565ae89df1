"""End what an earlier start left behind. Only processes named by our own records are
ever signalled.
"""

import signal

from retention_site.lib.processes.identity import end
from retention_site.lib.processes.records import Records

SERVERS = frozenset({"postgres", "valkey"})  # these outlive a start on purpose
SUPERVISOR_S = 30.0


def end_leftovers(records: Records) -> list[str]:
    """End a living supervisor, then whatever else is recorded and still runs; return
    the names.
    """
    found = {name: identity for name, identity in records.all() if name not in SERVERS}
    supervisor = found.get("supervisor")
    if supervisor is not None:
        # it ends its own programs in good order
        end([supervisor], first=signal.SIGTERM, grace=SUPERVISOR_S)
    left = dict(records.all())
    end([identity for name, identity in left.items() if name not in SERVERS])
    for name in found:
        records.forget(name)
    return sorted(found)
