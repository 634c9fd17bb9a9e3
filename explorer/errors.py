"""How is a user told that an input cannot be used? With one sentence: what was given, what was expected, what to do."""


class InputError(ValueError):
    """Bad input from a user; its message is the sentence to show."""
