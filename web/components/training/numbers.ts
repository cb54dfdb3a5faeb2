/** 0.000005 -> "5e-6", 12.3456 -> "12.35", nothing -> "–". */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–"
  if (value !== 0 && Math.abs(value) < 1e-3) return String(Number(value.toPrecision(3)).toExponential()).replace("e+", "e")
  return String(Number(value.toPrecision(4)))
}
