"""What people see of models and recommendations."""

from . import list_rules, models

__all__ = ["list_rules", "models"]
