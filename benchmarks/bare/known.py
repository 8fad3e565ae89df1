"""What the plain methods are known to reach: a weaker one would flatter ours, and fails
the benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks.figures import Figure

TOLERANCE = 0.02
ROUNDED = 0.0005  # known figures have three decimals


@dataclass
class Known:
    """Puts measured figures beside known ones, and remembers which are weaker."""

    weak: list[str] = field(default_factory=list)

    def beside(
        self, what: str, value: float, known: float, *, lower_is_better: bool = False
    ) -> Figure:
        """Make the figure of a plain method."""
        short = value - known if lower_is_better else known - value
        if not short <= abs(known) * TOLERANCE + ROUNDED:  # NaN is weak too
            self.weak.append(f"{what} is {value:.4f} instead of {known}")
        return Figure(what, round(value, 4), "", known, "known")

    def exact(self, what: str, value: float, published: float, within: float) -> Figure:
        """Make the figure of a published estimate, which must come out."""
        if not abs(value - published) <= within:
            self.weak.append(f"{what} is {value:.6g} instead of {published}")
        return Figure(what, round(value, 5), "", published, "published")

    def settle(self) -> None:
        """Fail where a plain method was weaker than it is known to be."""
        if self.weak:
            raise SystemExit(f"{'; '.join(self.weak)}: a weak baseline proves nothing")
