"""The trained encoders that ship with the package (data)."""
