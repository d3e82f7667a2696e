"""Specs of components and the recipes made of them."""

from lineament.recipes import hard_triplets as hard_triplets  # all register what they hold
from lineament.recipes import image_components as image_components
from lineament.recipes import keystroke_components as keystroke_components
