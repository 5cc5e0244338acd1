"""The formats that are recognized, each with its own samples."""
