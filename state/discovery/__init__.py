"""One shard of the discovery step: the tenants of one share of the keys, and the slots that all buckets have sealed."""

from typing import Final

MODULES: Final = ("tenant_shard",)
"""in the order of imports"""
