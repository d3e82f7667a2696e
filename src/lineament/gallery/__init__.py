"""Templates of enrolled subjects."""
