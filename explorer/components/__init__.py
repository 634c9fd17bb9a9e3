"""Interactive pictures: one JavaScript and one CSS file and a few lines of Python each."""
