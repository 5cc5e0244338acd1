"""One shard of the discovery step: its tenants, and the slots that all buckets have sealed. What a tenant concludes
from them belongs to `brainstem.discovery`.
"""

from typing import Final

MODULES: Final = ("tenant_shard",)
"""in the order of imports"""
