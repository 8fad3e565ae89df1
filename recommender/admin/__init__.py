"""What people see of models and recommendations."""

from . import models

__all__ = ["models"]
