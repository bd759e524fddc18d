"""Why a neural network does not train: one concept a file, NumPy only."""

__version__ = "0.1.0"
