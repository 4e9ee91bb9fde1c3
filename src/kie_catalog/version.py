"""The version of this package, alone in its module so that every room may name it."""

__version__ = "0.1.0"
