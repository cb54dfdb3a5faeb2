"use client"
import { useTranslations } from "use-intl"
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card"
import type { RunDetails } from "@/lib/api/runs"
import { ForecastFacts } from "./forecast-facts"
import { Choices, Size } from "./recipe-panel"
import { useSettingWords } from "./setting-words"

const NAMES = new Set(["dataset", "name", "base_model", "method", "run_id", "more_datasets", "dataset_weight", "dataset_version"])

/** What the run was begun with: the recipe and its reasons, what was measured beforehand, and every setting. */
export function RunRecipe({ run }: { run: RunDetails }) {
  const t = useTranslations("recipe")
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      {run.plan && <Card><CardHeader><CardTitle>{t("title")}</CardTitle></CardHeader><CardContent className="space-y-4"><Size plan={run.plan} /><Choices choices={run.plan.choices} /></CardContent></Card>}
      <div className="space-y-5">
        {run.forecast && <Card><CardHeader><CardTitle>{t("forecast")}</CardTitle></CardHeader><CardContent><ForecastFacts forecast={run.forecast} /></CardContent></Card>}
        <Card><CardHeader><CardTitle>{t("allSettings")}</CardTitle></CardHeader><CardContent><Settings run={run} /></CardContent></Card>
      </div>
    </div>
  )
}

function Settings({ run }: { run: RunDetails }) {
  const words = useSettingWords()
  const settings = Object.entries(run.request).filter(([name]) => !NAMES.has(name))
  return (
    <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1 text-[13px]">
      {settings.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted-foreground">{words.name(name)}</dt>
          <dd className="max-w-72 text-right font-mono text-xs leading-5 break-words tabular-nums">{words.value(value)}</dd>
        </div>
      ))}
    </dl>
  )
}
