"""The look of the admin: its sidebar follows the marketer's path."""

from typing import Any

UNFOLD: dict[str, Any] = {"SITE_TITLE": "Rapport", "SITE_HEADER": "Rapport", "SITE_SYMBOL": "handshake"}
