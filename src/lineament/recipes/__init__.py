"""Specs of components and the recipes made of them."""

from lineament.recipes import image_components as image_components  # registers what it holds
