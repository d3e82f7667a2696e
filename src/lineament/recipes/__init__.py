"""Specs of components and the recipes made of them."""
