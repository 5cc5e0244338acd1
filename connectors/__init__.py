"""Edges that emit or take, nothing else."""
