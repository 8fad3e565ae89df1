"""What can go wrong with a server, said in one sentence that names the way out."""

import errno


class ServiceError(Exception):
    """A server or folder that Rapport needs is not to be had; the text is one sentence
    for a person.
    """


def in_words(error: OSError, what: str) -> ServiceError:
    """Turn an error of the operating system into one sentence."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ServiceError(
            f"The disk is full: {what} could not be written; free some space and start"
            " again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ServiceError(
            f"{what} may not be written by this user; choose another folder with"
            " DATA_DIR."
        )
    return ServiceError(f"{what}: {error.strerror or error}.")
