import { useCallback } from "react"
import { useLocaleName } from "@/lib/i18n/provider"

/** Writes numbers of any size in little room: 0.000005 -> "5e-6", 12.3456 -> "12.35" ("12,35" in Russian), nothing -> "–". */
export type ShortNumber = (value: number | null | undefined) => string

export function useShortNumber(): ShortNumber {
  const locale = useLocaleName()
  return useCallback((value) => {
    if (value === null || value === undefined || !Number.isFinite(value)) return "–"
    const digits = (n: number, most: number) => new Intl.NumberFormat(locale, { maximumSignificantDigits: most, useGrouping: false }).format(n)
    if (value === 0 || Math.abs(value) >= 1e-3) return digits(value, 4)
    const [mantissa, power] = value.toExponential(2).split("e")
    return `${digits(Number(mantissa), 3)}e${power}`
  }, [locale])
}
