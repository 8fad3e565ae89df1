"""What a rule can ask of a customer: one file each. Plug-ins of the group
``predicates``.
"""

from .contract import Predicate

__all__ = ["Predicate"]
