"""What does each command do? One module each, with `add_arguments(parser)` and `run(args)`; heavy libraries
are imported inside `run`.
"""
