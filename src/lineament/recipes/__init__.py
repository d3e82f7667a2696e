"""Specs of components and the recipes made of them."""

from lineament.recipes import aligned_components as aligned_components  # all register what they hold
from lineament.recipes import augmentations as augmentations
from lineament.recipes import event_components as event_components
from lineament.recipes import hard_triplets as hard_triplets
from lineament.recipes import image_components as image_components
from lineament.recipes import inertial_components as inertial_components
from lineament.recipes import keystroke_components as keystroke_components
from lineament.recipes import mouse_components as mouse_components
from lineament.recipes import plda as plda
from lineament.recipes import signature_components as signature_components
from lineament.recipes import supervised_contrast as supervised_contrast
from lineament.recipes import visit_components as visit_components
