"use client"
import { useLocale, useTranslations } from "use-intl"
import type { XrayTotals } from "@/lib/api/curation"
import { cn } from "@/lib/utils"

const TAIL_STEP_MS = 50

/** How long the clips are and how they end, which letters they never have, what kinds of sentences they are. */
export function XrayCharts({ totals }: { totals: XrayTotals }) {
  const t = useTranslations("datasets")
  return (
    <div className="grid gap-x-8 gap-y-6 md:grid-cols-2">
      <Histogram title={t("durations")} bins={totals.duration_histogram ?? []} name={(i) => t("durationBin", { from: i, to: i + 1 })} tick={(i) => t("seconds0", { s: i })} />
      <Histogram title={t("tails")} bins={totals.tail_histogram ?? []} name={(i) => t("tailBin", { from: i * TAIL_STEP_MS, to: (i + 1) * TAIL_STEP_MS })} tick={(i) => t("milliseconds", { ms: i * TAIL_STEP_MS })} />
      <Letters letters={totals.letters ?? {}} />
      <Sentences totals={totals} />
    </div>
  )
}

type HistogramProps = { title: string; bins: number[]; name: (bin: number) => string; tick: (bin: number) => string }

/** Bars to look at, and the same numbers as a list for those who don't see them. */
function Histogram({ title, bins, name, tick }: HistogramProps) {
  const t = useTranslations("datasets")
  const most = Math.max(1, ...bins)
  const last = bins.length
  return (
    <figure className="min-w-0 space-y-2">
      <figcaption className="text-[13px] font-medium">{title}</figcaption>
      {!bins.some((n) => n > 0) && <p className="text-[13px] text-muted-foreground">{t("nothingYet")}</p>}
      <div aria-hidden className="flex h-24 items-end gap-px border-b">
        {bins.map((n, i) => (
          <div key={i} title={`${name(i)}: ${t("clips", { n })}`} className="flex h-full min-w-0 flex-1 items-end hover:bg-accent/60">
            <div className="w-full rounded-t-xs bg-chart-1/80" style={{ height: `${(n / most) * 100}%`, minHeight: n ? 2 : 0 }} />
          </div>
        ))}
      </div>
      {last > 0 && (
        <div aria-hidden className="flex justify-between font-mono text-[11px] text-muted-foreground tabular-nums">
          <span>{tick(0)}</span><span>{tick(Math.round(last / 2))}</span><span>{tick(last)}</span>
        </div>
      )}
      <ul className="sr-only">{bins.map((n, i) => n > 0 && <li key={i}>{`${name(i)}: ${t("clips", { n })}`}</li>)}</ul>
    </figure>
  )
}

function Letters({ letters }: { letters: Record<string, number> }) {
  const t = useTranslations("datasets")
  const never = Object.entries(letters).filter(([, n]) => n === 0).map(([letter]) => letter)
  return (
    <div className="min-w-0 space-y-2">
      <p className="text-[13px] font-medium">{t("letters")}</p>
      {never.length ? (
        <>
          <p className="flex flex-wrap gap-1">{never.map((letter) => <span key={letter} className="grid h-6 min-w-6 place-items-center rounded border border-warning/40 bg-warning/10 px-1 font-mono text-xs">{letter}</span>)}</p>
          <p className="text-xs text-muted-foreground">{t("lettersHint")}</p>
        </>
      ) : <p className="text-[13px] text-muted-foreground">{t(Object.keys(letters).length ? "allLetters" : "nothingYet")}</p>}
    </div>
  )
}

const KINDS = ["statement", "question", "exclamation", "unfinished"] as const

function Sentences({ totals }: { totals: XrayTotals }) {
  const t = useTranslations("datasets")
  const locale = useLocale()
  const counts = KINDS.map((kind) => ({ kind, n: totals.sentences?.[kind] ?? 0 }))
  const most = Math.max(1, ...counts.map(({ n }) => n))
  return (
    <div className="min-w-0 space-y-2">
      <p className="text-[13px] font-medium">{t("sentences")}</p>
      <dl className="space-y-1.5 text-[13px]">
        {counts.map(({ kind, n }) => (
          <div key={kind} className="grid grid-cols-[7rem_minmax(0,1fr)_3rem] items-center gap-2">
            <dt className="truncate text-muted-foreground">{t(`kinds.${kind}`)}</dt>
            <dd aria-hidden className="h-1.5 rounded-full bg-secondary"><div className="h-full rounded-full bg-chart-2" style={{ width: `${(n / most) * 100}%` }} /></dd>
            <dd className={cn("text-right font-mono text-xs tabular-nums", !n && "text-warning")}>{n.toLocaleString(locale)}</dd>
          </div>
        ))}
      </dl>
      {!!totals.words && <p className="text-xs text-muted-foreground">{t("wordCount", { n: totals.words, different: totals.different_words ?? 0 })}</p>}
    </div>
  )
}
