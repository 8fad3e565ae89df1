"""How alike customers are in when they buy: the Dirichlet-multinomial model of their
slot counts.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

# customers who share nothing; customers who are all the same
LOWEST, HIGHEST = 0.05, 1e4
STEPS = 200


def concentration(counts: NDArray[np.float64]) -> float:
    """Fit the strength s of the prior s·m, m the shop's shares, to counts by customer
    and slot.

    ``counts`` is (n_customers, n_slots). Fixed-point iteration for the maximum of the
    Dirichlet-multinomial likelihood in s alone (T. Minka, "Estimating a Dirichlet
    distribution", 2000, section 3, eq. 66 in form). Without repeat customers nothing
    can be learned, and the shop's pattern is taken as worth one order.
    """
    counts = counts[counts.sum(1) > 1]  # one order alone says nothing about being alike
    if not len(counts):
        return 1.0
    shares = counts.sum(0) / counts.sum()
    shares, counts = shares[shares > 0], counts[:, shares > 0]
    totals, strength = counts.sum(1), 2.0
    for _step in range(STEPS):
        alpha = strength * shares
        gain = ((digamma(counts + alpha) - digamma(alpha)) * shares).sum()
        loss = (digamma(totals + strength) - digamma(strength)).sum()
        new = float(np.clip(strength * gain / loss, LOWEST, HIGHEST))
        if abs(new - strength) < 1e-4 * strength:
            return new
        strength = new
    return strength


def log_loss(counts: NDArray[np.float64], probabilities: NDArray[np.float64]) -> float:
    """Return the mean −log p of observed orders; both arguments are (n_customers,
    n_slots).
    """
    return float(-(counts * np.log(probabilities)).sum() / counts.sum())
