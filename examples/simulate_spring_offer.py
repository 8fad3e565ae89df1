"""Write spring_offer_simulated.csv: a made-up experiment whose truth is known, to try
`manage.py effect` on.

3,600 invented customers were given by chance nothing, a reminder or a coupon. The
coupon truly makes 6 of 100 more customers buy; the reminder does nothing. What they
spent before is related to what they spend after.
"""

import csv
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "spring_offer_simulated.csv"
N_CUSTOMERS, N_BEFORE = 3_600, 60
EXTRA_BUYERS = {"control": 0.0, "reminder": 0.0, "coupon": 0.06}


def rows() -> list[tuple[str, str, int, int, str, str]]:
    rng = np.random.default_rng(42)
    arms = rng.choice(list(EXTRA_BUYERS), N_CUSTOMERS)
    habit = rng.gamma(2, 0.5, N_CUSTOMERS)  # 1 is usual
    before = habit * rng.gamma(4, N_BEFORE / 4, N_CUSTOMERS)
    chance = np.clip(0.2 * habit + np.array([EXTRA_BUYERS[arm] for arm in arms]), 0, 1)
    orders = (rng.random(N_CUSTOMERS) < chance) * (1 + rng.poisson(0.4 * habit))
    revenue = orders * habit * rng.gamma(4, 6, N_CUSTOMERS)
    return [
        (
            f"s{i:04}",
            str(arms[i]),
            int(orders[i] > 0),
            int(orders[i]),
            f"{revenue[i]:.2f}",
            f"{before[i]:.2f}",
        )
        for i in range(N_CUSTOMERS)
    ]


if __name__ == "__main__":
    with FILE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["customer_id", "arm", "bought", "orders", "revenue", "revenue_before"]
        )
        writer.writerows(rows())
