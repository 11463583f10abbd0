"""How small the tests build networks: whatever has one of these settings has it so, rows that are still to come among them."""

import dataclasses

SMALL = {"z_dim": 8, "width": 16, "g_width": 8, "e_width": 4, "d_width": 4, "features": 12, "joint": 16}


def small(kind: type) -> dict[str, int]:
    """Those settings of SMALL that a class of settings or a Config has."""
    return {field.name: SMALL[field.name] for field in dataclasses.fields(kind) if field.name in SMALL}
