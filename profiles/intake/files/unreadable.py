"""What is said of a file that can't be read at all."""


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; says why in one sentence."""

    is_hopeless = True  # a job that tries again reads the same file
