"""The tables of what benchmarks.training measured."""

from __future__ import annotations

from typing import Any

Found = dict[str, dict[str, Any]]

PUBLISHED_MACHINE = "coqui-tts 0.28.0, torch 2.13.0, 2 cores of an AMD EPYC (Zen 5), no other load"
PUBLISHED = {
    "title": "reference, full, float32, elsewhere",
    "step_s": 7.97,
    "peak_bytes": 11.9e9,
    "resumable_bytes": 5.61e9,
    "model_bytes": 5.61e9,
    "stands_still_s": 15.0,
}
QUIET = 0.5  # processes that want a core, besides ours


def told(key: str, row: dict[str, Any]) -> str:
    """A line while it is measured."""
    names = ("step_s", "peak_bytes", "said_total_s", "total_s", "clips_per_s", "mfu", "batch_size")
    return f"{key:18}" + "  ".join(f"{name} {row[name]:.4g}" for name in names if name in row)


def tables(found: Found, machine: dict[str, Any]) -> str:
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load_before']:.1f} before; "
        f"{machine['threads']} threads",
        *sorted({_facts(row) for row in found.values()} - {""}),
        *(["QUICK: these figures only tell that it works"] if machine["quick"] else []),
        *([f"NOT QUIET: the load was {machine['load_before']:.1f}"] if machine["load_before"] > QUIET else []),
    ]
    trained = {key: row for key, row in found.items() if "resumable_bytes" in row and "clips_per_s" not in row}
    if trained:
        reference = trained.get("reference", PUBLISHED)
        if reference is PUBLISHED:
            lines.append(f"elsewhere: {PUBLISHED_MACHINE}")
            trained = {"reference": PUBLISHED} | trained
        lines += ["", *_steps(trained, reference)]
    for wanted, table in (("said_total_s", _forecasts), ("clips_per_s", _gpu), ("memory_limit_bytes", _fits)):
        rows = [row for row in found.values() if wanted in row]
        lines += ["", *table(rows)] if rows else []
    return "\n".join(lines)


def _steps(rows: Found, reference: dict[str, Any]) -> list[str]:
    head = ("s a step", "times", "peak GB", "resume MB", "weights MB", "model MB", "stands still s", "costs s")
    lines = [_line("training, 2 clips of 5.1 and 5.7 s", head)]
    for row in rows.values():
        cells = (
            f"{row['step_s']:.2f}",
            f"{reference['step_s'] / row['step_s']:.2f}",
            f"{row['peak_bytes'] / 1e9:.2f}",
            *(
                f"{row[name] / 1e6:.1f}" if name in row else "–"
                for name in ("resumable_bytes", "weights_bytes", "model_bytes")
            ),
            *(f"{row[name]:.2f}" if name in row else "–" for name in ("stands_still_s", "checkpoint_costs_s")),
        )
        lines.append(_line(row["title"], cells))
    return lines


def _forecasts(rows: list[dict[str, Any]]) -> list[str]:
    head = ("probe s", "clips", "said s/step", "s/step", "error", "said s", "took s", "error", "said GB", "GB", "error")
    lines = [_line("forecast, clips of 2 to 9 s", head, 11)]
    for row in rows:
        cells = [f"{row['probe_s']:.1f}", str(row["batch_size"])]
        for said, was, unit in (
            ("said_step_s", "step_s", 1),
            ("said_total_s", "total_s", 1),
            ("said_bytes", "peak_bytes", 1e9),
        ):
            cells += [f"{row[said] / unit:.2f}", f"{row[was] / unit:.2f}", f"{row[said] / row[was] - 1:+.0%}"]
        lines.append(_line(row["title"], cells, 11))
    return lines


def _gpu(rows: list[dict[str, Any]]) -> list[str]:
    head = ("s a step", "clips a second", "memory GB", "TFLOP a clip", "TFLOP/s", "peak", "share")
    lines = [_line(f"training on {rows[0]['device']}", head)]
    for row in rows:
        cells = [f"{row['step_s']:.3f}", f"{row['clips_per_s']:.1f}", f"{row['peak_bytes'] / 1e9:.1f}"]
        if "mfu" in row:
            cells += [f"{row['tflop_per_clip']:.3f}", f"{row['tflops']:.1f}", f"{row['peak_tflops']:.0f}"]
            cells += [f"{row['mfu']:.1%}"]
        lines.append(_line(row["title"], cells))
    return lines


def _fits(rows: list[dict[str, Any]]) -> list[str]:
    lines = [_line("what fits, the longest clips", ("clips", "memory GB", "of GB", "probe s"))]
    for row in rows:
        cells = (row["batch_size"], f"{row['memory_bytes'] / 1e9:.1f}", f"{row['memory_limit_bytes'] / 1e9:.1f}")
        lines.append(_line(row["title"], (*map(str, cells), f"{row['probe_s']:.1f}")))
    return lines


def _line(title: str, cells: Any, width: int = 15) -> str:
    return f"{title:44}" + "".join(f"{cell:>{width}}" for cell in cells)


def _facts(row: dict[str, Any]) -> str:
    return ", ".join(f"{what} {value}" for what, value in row.get("facts", {}).items())
