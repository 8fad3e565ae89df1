"""Run the local sinks: `manage.py sinks`."""

from typing import Any

from campaigns.delivery.sinks import server
from campaigns.delivery.sinks.ports import Ports, folder
from retention_site.lib.commands import Failed, RapportCommand


class Command(RapportCommand):
    help = (
        "Receive mail, text messages, push and webhooks locally, and write down what"
        " came."
    )

    def work(self, **_options: Any) -> dict[str, Any]:
        try:
            server.run(self._say)
        except server.AlreadyRunning as error:
            raise Failed(str(error)) from None
        return {"log": str(folder())}

    def _say(self, ports: Ports) -> None:
        self.stderr.write(
            f"The sinks listen: SMTP on {ports.smtp}, HTTP on {ports.http}; logs in"
            f" {folder()}."
        )
        self.stderr.flush()
