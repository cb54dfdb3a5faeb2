"""What a second on a rented GPU costs, as far as the prices are known."""

_USD_PER_S = {
    "T4": 0.000164,
    "L4": 0.000222,
    "A10": 0.000306,
    "A10G": 0.000306,
    "L40S": 0.000542,
    "A100-40": 0.000583,
    "A100-80": 0.000694,
    "H100": 0.001097,
}
"""Of Modal's GPUs in mid-2026, without the little that processor and memory cost beside them."""


def usd(device_name: str, seconds: float) -> float | None:
    """What a GPU of this name, as its driver tells it, costs for so long; None for one of unknown price."""
    words = device_name.upper().replace("-", " ").split()
    kind = next((word for word in words if word in ("T4", "L4", "A10", "A10G", "L40S", "A100", "H100")), None)
    if kind == "A100":
        kind = "A100-80" if any(word.startswith("80G") for word in words) else "A100-40"
    return None if kind is None else round(_USD_PER_S[kind] * seconds, 2)
