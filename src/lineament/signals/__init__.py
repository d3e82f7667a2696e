"""What was measured: samples, their channels, units and axes, validation, resampling, canonical files."""

from lineament.signals.sample import Sample

__all__ = ["Sample"]
