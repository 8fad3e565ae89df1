"""A campaign tried on the history before anyone hears of it: what it would have been on
any past day.
"""

from .rehearse import CannotRehearse, rehearse, stored

__all__ = ["CannotRehearse", "rehearse", "stored"]
