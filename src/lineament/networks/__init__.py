"""Backbones, pooling and heads, built from their specs (torch)."""
