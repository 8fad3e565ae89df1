"""Lines that a language model writes: it fills slots without facts, and each is checked."""
