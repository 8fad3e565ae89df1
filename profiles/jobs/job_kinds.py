"""What a kind of job brings: how its work is cut, done and put together. Plug-ins of
the group ``jobs``.
"""

from typing import Any, Protocol, cast

from profiles.models import Job
from retention_site.lib import registry


class Progress(Protocol):
    """Tell how far a chunk has come; raises `Interrupted` when the chunk is no longer
    this worker's.
    """

    def __call__(self, share: float, words: str = "") -> None: ...


class JobKind(Protocol):
    """One kind of job.

    ``run`` may happen twice for one chunk (a worker may die after its work and before
    saying so): it must store the same again. ``finish`` runs once, in the transaction
    that ends the job: quick, and in the database only.
    """

    def chunks(self, job: Job) -> list[dict[str, Any]]:
        """Cut the job into parts that different workers may do at the same time. Quick."""
        ...

    def run(
        self, job: Job, chunk: dict[str, Any], progress: Progress
    ) -> dict[str, Any]:
        """Do one part and return what `finish` needs of it, as JSON."""
        ...

    def finish(self, job: Job, results: list[dict[str, Any]]) -> dict[str, Any]:
        """Put the parts' results, in the order of the chunks, together into the job's
        result.
        """
        ...


def kind_of(job: Job) -> JobKind:
    """Return the plug-in that does this job; raise `registry.UnknownPlugin`."""
    found = registry.load("jobs", job.kind)
    return cast(JobKind, found() if isinstance(found, type) else found)
