"""What does each attention head do? Statistics over a corpus, the roles they speak for, and what switching a
head off changes.
"""
