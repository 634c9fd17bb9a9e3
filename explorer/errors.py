"""Errors that a user can act on: one sentence with what was given, what was expected and what to do."""


class InputError(ValueError):
    """Bad input from a user; its message is the sentence to show."""


# the exit code of a process that missed another one: a fault that may be gone at the next try (EX_TEMPFAIL of
# sysexits.h)
LOST = 75


class LostProcess(Exception):
    """Another of the processes that work together has ended or does not answer; what was saved is whole."""
