"""Losses and batch samplers (torch)."""
