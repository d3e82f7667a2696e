"""Public data sets and simulated people: on-disk layouts to tables of samples; protocols."""
