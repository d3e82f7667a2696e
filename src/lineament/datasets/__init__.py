"""Public data sets and simulated people: on-disk layouts to tables of samples; protocols."""

from lineament.datasets.dataset import Dataset
from lineament.datasets.layouts import READERS, open_dataset
from lineament.datasets.protocol import OpenSet, Protocol, Selection
from lineament.datasets.protocol_making import make_protocol, make_protocols

__all__ = ["READERS", "Dataset", "OpenSet", "Protocol", "Selection", "make_protocol", "make_protocols", "open_dataset"]
