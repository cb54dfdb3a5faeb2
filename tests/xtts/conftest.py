"""The tiny model with generated weights, as in the parity tests."""

from tests.parity.conftest import Sized, published_tiny, tiny

__all__ = ["Sized", "published_tiny", "tiny"]
