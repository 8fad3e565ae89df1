"""Where torch computes: on a GPU where there is one, and where the torch that is
installed can use it.
"""

from __future__ import annotations

from pathlib import Path

DRIVERS = ("nvidia[0-9]*", "dxg")  # what a machine with a GPU has below /dev


def has_driver(devices: Path = Path("/dev")) -> bool:
    """Say whether it is worth asking torch, which takes seconds to load."""
    return any(True for name in DRIVERS for _ in devices.glob(name))


def device() -> str:
    """Return the device that models are moved to: "cuda" or "cpu"."""
    # torch takes seconds and hundreds of MiB: only who learns or encodes pays
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def has_gpu() -> bool:
    return has_driver() and device() != "cpu"
