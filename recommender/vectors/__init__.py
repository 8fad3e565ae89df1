"""Vectors of texts, items and customers: files in MODEL_DIR, each with the space that
it belongs to.
"""

from .encoding import encode_missing
from .item_space import places
from .store import current, held, of_texts

__all__ = ["current", "encode_missing", "held", "of_texts", "places"]
