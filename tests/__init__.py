"""Tests: the tree mirrors that of the product; `support` has helpers, `contract` and `end_to_end` hold for the whole of
it.
"""
