"""Generators of people who do not exist."""
