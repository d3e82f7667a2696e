"""Protocol runs, displays, the report."""
