"""The command line as a user sees it, for tests of commands that start processes."""

from tests.commands.conftest import command

__all__ = ["command"]
