"""What attention heads do over a corpus: their roles, and what switching one off changes."""
