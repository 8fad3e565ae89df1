"""Long work as rows: jobs cut into chunks, claimed by workers under a lease, done again
when a worker dies.
"""

from .completion import wait
from .job_kinds import JobKind, Progress
from .requests import JobFailed, cancel, say, start
from .runner import sweep, work

__all__ = [
    "JobFailed",
    "JobKind",
    "Progress",
    "cancel",
    "say",
    "start",
    "sweep",
    "wait",
    "work",
]
