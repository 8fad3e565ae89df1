"""A real Celery worker that knows one more kind of job: `python -m
tests.profiles.counting_worker`.
"""

from retention_site.celery import app
from retention_site.plugins import PLUGINS

PLUGINS["jobs"]["counting"] = "tests.profiles.counting_job:CountingJob"

if __name__ == "__main__":
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(
        [
            "worker",
            "-n",
            "counting@%h",
            "-Q",
            "jobs",
            "-P",
            "prefork",
            "-c",
            "2",
            "-l",
            "INFO",
            *options,
        ]
    )
