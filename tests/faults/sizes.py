"""Each fault at two sizes: reduced in `make test`, full in `make soak`."""

import pytest

at_both_sizes = pytest.mark.parametrize(
    "is_full",
    [
        pytest.param(False, id="reduced"),
        pytest.param(True, id="full", marks=pytest.mark.soak),
    ],
)
