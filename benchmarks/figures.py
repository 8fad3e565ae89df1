"""What a benchmark hands over: figures with their unit and, where there is one, what
they are compared with.
"""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number. `baseline` is measured in the same run; the table prints
    value ÷ baseline.
    """

    what: str
    value: float
    unit: str
    baseline: float | None = None
    baseline_is: str = ""

    def line(self) -> str:
        """Return the figure as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> "Figure":
        """Read a figure back."""
        return cls(**json.loads(line))
