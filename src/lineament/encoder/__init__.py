"""Trained encoders at work: from a recording to embeddings, whole or as it comes."""

from __future__ import annotations

from lineament.encoder.encoder import Encoder
from lineament.encoder.folder import DEFAULT_ENCODER, HEAD_ENCODER, SIMULATED_ENCODER, shipped_encoders
from lineament.encoder.stream import EncoderStream

__all__ = ["DEFAULT_ENCODER", "HEAD_ENCODER", "SIMULATED_ENCODER", "Encoder", "EncoderStream", "shipped_encoders"]
