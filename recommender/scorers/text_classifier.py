"""Read what customers did as text: a transformer sequence classifier, fine-tuned with
early stopping (Devlin 2019).

It starts from the weights of a language model directory and learns with torch, on a GPU
where there is one. Whether it may score is decided elsewhere: it has to beat what
counting says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from recommender.encoders import devices

from .contract import NotFitted, check_labels
from .link_functions import Family, Floats

if TYPE_CHECKING:
    import torch

Say = Callable[[float, str], None]
# batches whose texts are sorted by length together: little padding, still a random
# order
POOL = 16
READ_AT_ONCE = 64
WARM_UP = 0.1  # of all steps, in which the learning rate rises
MOST_WORDS = 0.5  # share of a model's numbers from which its vocabulary stays as it is
LARGEST_STEP = 1.0  # norm of a gradient


@dataclass(frozen=True)
class Schooling:
    """How much to read, how often, and when to stop."""

    max_tokens: int = 64
    batch: int = 16
    epochs: int = 2
    rate: float = 1e-4
    looks_per_epoch: int = 2  # how often the watched texts are judged
    patience: int = 2  # looks without an improvement after which it stops


@dataclass(frozen=True)
class Look:
    """One point of the loss curve."""

    n_read: int  # texts learned from so far, repetitions counted
    training: float  # mean log loss since the look before
    watched: float  # log loss on texts that it does not learn from


class Reader:
    """Texts in, log odds of a yes out; ``curve_`` is how the loss fell."""

    key: ClassVar[str] = "text"
    family = Family.YES

    def __init__(
        self, folder: Path, schooling: Schooling | None = None, seed: int = 0
    ) -> None:
        self.folder, self.schooling, self.seed = folder, schooling or Schooling(), seed
        self.curve_: list[Look] = []

    def fit(
        self,
        texts: Sequence[str],
        y: Floats,
        watched: Sequence[str],
        watched_y: Floats,
        say: Say = lambda *_: None,
    ) -> Self:
        """Learn from texts and what came of them; keep the state that was best on the
        watched texts.

        Raise `NothingToLearn`. The same texts and seed give the same model on the same
        machine.
        """
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch

        check_labels(self.family, y)
        torch.manual_seed(self.seed)
        self._open(self.folder, self.family.raw(float(y.mean())))
        ids, watched_ids = self._pieces(texts), self._pieces(watched)
        n_steps = self.schooling.epochs * math.ceil(len(ids) / self.schooling.batch)
        optimiser = torch.optim.AdamW(
            self._taught(), lr=self.schooling.rate, weight_decay=0.01
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: _pace(step, n_steps)
        )
        every = max(
            n_steps // (self.schooling.epochs * self.schooling.looks_per_epoch), 1
        )
        best, losses, n_read = (
            self._kept(watched_ids, watched_y, 0, float("nan")),
            [],
            0,
        )
        for step, rows in enumerate(self._batches(ids, n_steps), 1):
            losses.append(self._learn(ids, y, rows, optimiser, scheduler))
            n_read += len(rows)
            if step % every and step != n_steps:
                continue
            look = self._kept(watched_ids, watched_y, n_read, float(np.mean(losses)))
            best, losses = min(best, look, key=lambda one: one[0]), []
            say(
                step / n_steps,
                f"read {n_read} texts, log loss {self.curve_[-1].watched:.4f}",
            )
            if self._is_over():
                break
        self._model.load_state_dict(best[1])
        return self

    def raw(self, texts: Sequence[str], say: Say = lambda *_: None) -> Floats:
        """Return the log odds of each text; raise `NotFitted`."""  # (n,)
        if not hasattr(self, "_model"):
            raise NotFitted("this reader was never fitted")
        unique, place = np.unique(np.array(texts, object), return_inverse=True)
        return self._raw(self._pieces(list(unique)), say)[place]

    def save(self, folder: Path) -> None:
        """Write the fine-tuned model as a Hugging Face directory."""
        self._model.save_pretrained(str(folder))
        self._tokenizer.save_pretrained(str(folder))

    @classmethod
    def load(cls, folder: Path, max_tokens: int) -> Self:
        """Open what `save` wrote."""
        made = cls(folder, Schooling(max_tokens=max_tokens))
        made._open(folder)
        return made

    def curve(self) -> list[dict[str, float]]:
        return [asdict(look) for look in self.curve_]

    def _open(self, folder: Path, bias: float | None = None) -> None:
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # it reports that the head is new: it is
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            str(folder), local_files_only=True
        )
        model: Any = AutoModelForSequenceClassification.from_pretrained(
            str(folder), local_files_only=True, num_labels=1
        )
        if bias is not None:
            last = [
                layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)
            ][-1]
            # start from the base rate, not from one half
            torch.nn.init.constant_(last.bias, bias)
        words = model.get_input_embeddings()
        if words.weight.numel() > MOST_WORDS * sum(
            one.numel() for one in model.parameters()
        ):
            # few of them stand in a sample, and each costs memory three times
            words.requires_grad_(False)
        self._model = model.float().to(devices.device())

    def _taught(self) -> list[torch.nn.Parameter]:
        return [one for one in self._model.parameters() if one.requires_grad]

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        return self._tokenizer(
            list(texts), truncation=True, max_length=self.schooling.max_tokens
        )["input_ids"]

    def _batches(
        self, ids: list[list[int]], n_steps: int
    ) -> Iterator[npt.NDArray[np.int64]]:
        """Shuffle each epoch, and put texts of like length together."""
        dice, size, n_given = np.random.default_rng(self.seed), self.schooling.batch, 0
        lengths = np.array([len(one) for one in ids])
        while n_given < n_steps:
            order = dice.permutation(len(ids))
            pools = [
                order[start : start + POOL * size]
                for start in range(0, len(order), POOL * size)
            ]
            sorted_pools = [
                pool[np.argsort(lengths[pool], kind="stable")] for pool in pools
            ]
            found = [
                pool[at : at + size]
                for pool in sorted_pools
                for at in range(0, len(pool), size)
            ]
            for place in dice.permutation(len(found)):
                yield found[place]
            n_given += len(found)

    def _learn(
        self,
        ids: list[list[int]],
        y: Floats,
        rows: npt.NDArray[np.int64],
        optimiser: Any,
        scheduler: Any,
    ) -> float:
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch

        self._model.train()
        logits = self._logits([ids[row] for row in rows])
        wanted = torch.tensor(y[rows], dtype=torch.float32, device=logits.device)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), LARGEST_STEP)
        optimiser.step()
        scheduler.step()
        return float(loss.detach())

    def _kept(
        self, ids: list[list[int]], y: Floats, n_read: int, training: float
    ) -> tuple[float, dict[str, Any]]:
        """Judge the watched texts, note it on the curve, and return the loss with a
        copy of the weights.
        """
        watched = float(self.family.losses(y, self._raw(ids)).mean())
        is_best = all(watched < look.watched for look in self.curve_)
        self.curve_.append(Look(n_read, training, watched))
        weights = self._model.state_dict() if is_best else {}
        return watched, {
            name: value.detach().clone() for name, value in weights.items()
        }

    def _is_over(self) -> bool:
        best = min(
            range(len(self.curve_)), key=lambda place: self.curve_[place].watched
        )
        return len(self.curve_) - 1 - best >= self.schooling.patience

    def _raw(self, ids: list[list[int]], say: Say = lambda *_: None) -> Floats:
        # torch takes seconds and hundreds of MiB: only who learns or encodes pays
        import torch

        self._model.eval()
        found, order = (
            np.zeros(len(ids)),
            np.argsort([len(one) for one in ids], kind="stable"),
        )
        for start in range(0, len(ids), READ_AT_ONCE):
            rows = order[start : start + READ_AT_ONCE]
            with torch.inference_mode():
                found[rows] = (
                    self._logits([ids[row] for row in rows]).double().cpu().numpy()
                )
            say((start + len(rows)) / len(ids), f"read {start + len(rows)} texts")
        return found

    def _logits(self, ids: list[list[int]]) -> torch.Tensor:
        padded = self._tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(
            self._model.device
        )
        return self._model(**padded).logits[:, 0]  # (n,)


def _pace(step: int, n_steps: int) -> float:
    """Rise for a tenth of the way, then fall to nothing: the share of the full learning
    rate.
    """
    rise = max(WARM_UP * n_steps, 1.0)
    return min((step + 1) / rise, max(n_steps - step, 0) / max(n_steps - rise, 1.0))
