"""Public data sets and simulated people: on-disk layouts to tables of samples; protocols."""

from lineament.datasets.dataset import Dataset
from lineament.datasets.layouts import READERS, open_dataset
from lineament.datasets.protocol import Protocol, Selection, make_protocol

__all__ = ["READERS", "Dataset", "Protocol", "Selection", "make_protocol", "open_dataset"]
