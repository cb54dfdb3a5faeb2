import { clsx, type ClassValue } from "clsx"
import { twMerge } from "tailwind-merge"

export const cn = (...inputs: ClassValue[]) => twMerge(clsx(inputs))

/** 3725.5 -> "1:02:05"; with `fraction` digits behind the second. */
export function clock(seconds: number, fraction = 0) {
  const s = Math.max(0, seconds)
  const h = Math.floor(s / 3600)
  const m = Math.floor((s % 3600) / 60)
  const rest = (s % 60).toFixed(fraction).padStart(fraction ? 3 + fraction : 2, "0")
  return h ? `${h}:${String(m).padStart(2, "0")}:${rest}` : `${m}:${rest}`
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const

/** 1867929118 -> "1.9 GB", in the reader's language. */
export function bytes(n: number, locale: string) {
  const power = n < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(n) / 3))
  const unit = UNITS[power]!
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: power ? "short" : "long", maximumFractionDigits: power ? 1 : 0 }).format(n / 1000 ** power)
}

/** A number with so many digits behind the point, or whatever the reader's language has there. */
export const decimal = (value: number, digits: number, locale: string) =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)

/** A duration for people: "4.2 s", "3 min 20 s", "2 h 5 min", in the reader's language. */
export function duration(seconds: number, locale: string) {
  const part = (value: number, unit: "hour" | "minute" | "second", digits = 0) =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(value)
  if (seconds < 60) return part(seconds, "second", seconds < 10 ? 1 : 0)
  const s = Math.round(seconds)
  if (s < 3600) return `${part(Math.floor(s / 60), "minute")} ${part(s % 60, "second")}`
  return `${part(Math.floor(s / 3600), "hour")} ${part(Math.floor((s % 3600) / 60), "minute")}`
}

/** An RFC 3339 time as a date and time of the reader. */
export function when(time: string, locale: string) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time))
}

const AGES = [["year", 31_557_600], ["month", 2_629_800], ["week", 604_800], ["day", 86_400], ["hour", 3600], ["minute", 60]] as const

/** How long ago an RFC 3339 time was: "2 hours ago", "yesterday". */
export function ago(time: string, locale: string, now_ms = Date.now()) {
  const seconds = (Date.parse(time) - now_ms) / 1000
  const [unit, size] = AGES.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1]
  return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(unit === "second" ? 0 : Math.trunc(seconds / size), unit)
}

/** Random; `crypto.randomUUID` is not there on plain http. */
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
