"""The commands of `python -m explorer`: a module each, with `add_arguments(parser)` and `run(args)`.

Heavy libraries are imported inside `run`.
"""
