"""Where the web server listens: BIND and PORT."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

HERE = "127.0.0.1"
USUAL_PORT = 8000


@dataclass(frozen=True)
class Address:
    """One address of this machine, or all of them (0.0.0.0, ::), and a port."""

    port: int
    host: str = HERE

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Address":
        """Read an environment that has been checked."""
        host = (environment.get("BIND") or HERE).strip("[]")
        return cls(
            int(environment.get("PORT") or USUAL_PORT),
            HERE if host == "localhost" else host,
        )

    @property
    def url(self) -> str:
        """The address as it is typed on this machine."""
        return f"http://{self._bracketed(self.reached_by)}:{self.port}"

    @property
    def reached_by(self) -> str:
        """The host by which this machine itself reaches the server."""
        host = ip_address(self.host)
        if not host.is_unspecified:
            return self.host
        return HERE if host.version == 4 else "::1"

    def __str__(self) -> str:
        return f"{self._bracketed(self.host)}:{self.port}"

    @staticmethod
    def _bracketed(host: str) -> str:
        return f"[{host}]" if ":" in host else host

    def try_to_bind(self) -> None:
        """Raise OSError when somebody listens there, or when this machine has no such
        address.
        """
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((self.host, self.port))

    def answers(self) -> bool:
        with (
            suppress(OSError),
            socket.create_connection((self.reached_by, self.port), timeout=1),
        ):
            return True
        return False
