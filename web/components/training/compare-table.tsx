"use client"
import { useTranslations } from "use-intl"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import { useLocaleName } from "@/lib/i18n/provider"
import type { ComparedRun } from "./compared"
import { useShortNumber } from "./numbers"
import { scoreText } from "./scores"
import { useSettingWords } from "./setting-words"

const NO_SETTINGS = new Set(["name", "run_id"])

/** What came out of each run, and the settings in which they differ. */
export function CompareTable({ runs }: { runs: readonly ComparedRun[] }) {
  const t = useTranslations("compare")
  const words = useSettingWords()
  const rows = [...useOutcomes(runs), ...differing(runs).map((name) => ({ name: words.name(name), values: runs.map((one) => words.value(settings(one)[name])) }))]
  return (
    <Card>
      <CardHeader><CardTitle id="differences">{t("differences")}</CardTitle></CardHeader>
      <CardContent>
        <div role="region" aria-labelledby="differences" tabIndex={0} className="relative scroll-x">
          <table aria-labelledby="differences" className="w-full text-[13px]">
            <thead className="text-left text-xs text-muted-foreground">
              <tr className="border-b">{[t("what"), ...runs.map((one) => one.label)].map((name, i) => <th key={i} scope="col" className="py-2 pr-4 font-medium break-words">{name}</th>)}</tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name} className="border-b last:border-b-0">
                  <th scope="row" className="py-2 pr-4 text-left font-normal text-muted-foreground">{row.name}</th>
                  {row.values.map((value, i) => <td key={i} className="max-w-64 py-2 pr-4 font-mono text-xs break-words tabular-nums">{value}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {!differing(runs).length && <p className="pt-3 text-sm text-muted-foreground">{t("sameSettings")}</p>}
      </CardContent>
    </Card>
  )
}

function useOutcomes(runs: readonly ComparedRun[]): { name: string; values: string[] }[] {
  const t = useTranslations("compare")
  const locale = useLocaleName()
  const shortNumber = useShortNumber()
  const last = (name: string) => runs.map((one) => shortNumber(one.measured.get(name)?.at(-1)?.value))
  const best = ({ run }: ComparedRun) => run.auditions.find((one) => one.step === run.best_step)?.score
  return [
    { name: t("bestScore"), values: runs.map((one) => scoreText("score", best(one), locale)) },
    { name: t("bestStep"), values: runs.map(({ run }) => String(run.best_step ?? "–")) },
    { name: t("steps"), values: runs.map((one) => String(one.measured.get("loss")?.at(-1)?.step ?? "–")) },
    { name: t("lastLoss"), values: last("loss") },
    { name: t("lastEvalLoss"), values: last("eval_loss") },
  ]
}

const settings = ({ run }: ComparedRun) => run.request as unknown as Record<string, unknown>

/** The names of the settings that are not the same in all runs. */
function differing(runs: readonly ComparedRun[]): string[] {
  const names = [...new Set(runs.flatMap((one) => Object.keys(settings(one))))].filter((name) => !NO_SETTINGS.has(name))
  return names.filter((name) => new Set(runs.map((one) => JSON.stringify(settings(one)[name] ?? null))).size > 1)
}
