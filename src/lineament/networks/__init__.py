"""Backbones, pooling and heads, built from their specs (torch).

There are two kinds of network, told apart by ``network.dense``:

- *windowed* (``gru``, ``lstm``, ``window_statistics``, and the networks of images, whose window is one image,
  flattened): ``forward(frames (B, W, F)) -> (B, dim)``;
- *dense* (``temporal_conv``): ``forward(frames (B, T, F), seams (B, T), starts (N,)) -> (B, N, dim)``: the embeddings
  of the windows that begin at the frames ``starts`` of a whole recording, from one pass. Whoever calls chooses the
  windows, so a network knows of no stride; without ``starts`` it gives all T - W + 1.

A ``fusion`` is dense where any of its parts is. ``network.embed_windows(frames (B, W, F)) -> (B, dim)`` takes single
windows with either kind, as training does. Networks know nothing of the normalisation of their inputs, which the
encoding does; embeddings have unit norm where the recipe says so. Pooling and unit norm are computed in float32
under autocast.
"""

from lineament.networks.build import build_classifier, build_network
from lineament.networks.network import Network

__all__ = ["Network", "build_classifier", "build_network"]
