"""How a sample becomes network input."""
