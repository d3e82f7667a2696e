"""lineament: who it is, or that it is nobody we know."""

__version__ = "0.1.0"
