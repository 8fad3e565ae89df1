"""Small invented shops as arrays: what they hold is decided here, so that a test knows
what must come out.
"""

import numpy as np

from recommender.engines.base import Interactions, Items

N_KINDS = 4


def regulars(
    n_customers: int = 120, n_items: int = 40, days: int = 200, seed: int = 0
) -> Interactions:
    """A shop where each customer has a kind, buys five favourites of that kind every
    week, and sometimes another.
    """
    rng = np.random.default_rng(seed)
    who, what, age, order = [], [], [], []
    for customer in range(n_customers):
        own = np.arange(n_items)[np.arange(n_items) % N_KINDS == customer % N_KINDS]
        favourites = rng.choice(own, 5, replace=False)
        for week, day in enumerate(range(1, days, 7)):
            basket = set(rng.choice(favourites, 2, replace=False)) | set(
                rng.choice(own, 1)
            )
            who += [customer] * len(basket)
            what += sorted(basket)
            age += [day + rng.random()] * len(basket)
            order += [week] * len(basket)
    return Interactions.from_columns(
        np.arange(n_customers) + 1000,
        n_items,
        customer=who,
        item=what,
        age_days=age,
        order=order,
    )


def kinds(n_items: int = 40) -> Items:
    """Items whose category and words tell their kind: vectors of one kind lie close
    together.
    """
    kind = (np.arange(n_items) % N_KINDS).astype(np.int32)
    rng = np.random.default_rng(1)
    vectors = np.eye(N_KINDS, 8)[kind] + 0.1 * rng.normal(size=(n_items, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(
        np.float32
    )
    return Items(kind, kind, np.arange(n_items, dtype=np.int32), vectors)


def one_basket(items: list[int], n_items: int = 40, key: int = 1) -> Interactions:
    """One customer who came once."""
    n = len(items)
    return Interactions.from_columns(
        [key], n_items, customer=[0] * n, item=items, age_days=[3.0] * n
    )


def nobody_bought(n_customers: int = 2, n_items: int = 40) -> Interactions:
    """Customers of whom nothing is known."""
    return Interactions.from_columns(
        np.arange(n_customers), n_items, customer=[], item=[], age_days=[]
    )
