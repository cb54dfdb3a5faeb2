"use client"
import { useTranslations } from "use-intl"
import { Notices } from "@/components/notices"
import { Problem } from "@/components/problem"
import { Skeleton } from "@/components/ui/skeleton"
import type { Choice, TrainingPlan, TrainRequest, useRecipe } from "@/lib/api/training"
import { useLocaleName, useSaid } from "@/lib/i18n/provider"
import { bytes, cn, duration } from "@/lib/utils"
import { ProbePanel } from "./probe-panel"
import { useSettingWords } from "./setting-words"

type Props = { recipe: ReturnType<typeof useRecipe>; request: TrainRequest | null }

/** What the form's request will become: its size, each choice with its reason, and what it takes. */
export function RecipePanel({ recipe, request }: Props) {
  const t = useTranslations("recipe")
  return (
    <section aria-labelledby="recipe" className="min-w-0 space-y-4 rounded-xl border bg-muted/30 p-4 lg:sticky lg:top-4 lg:max-h-[calc(100vh-2rem)] lg:overflow-auto">
      <h3 id="recipe" className="text-sm font-semibold tracking-tight">{t("title")}</h3>
      {!request ? <p className="text-sm text-muted-foreground">{t("chooseFirst")}</p>
        : recipe.error ? <Problem error={recipe.error} />
        : !recipe.data ? <Skeleton className="h-64" />
        : (
          <div aria-busy={recipe.isPlaceholderData} className={cn("space-y-4 transition-opacity", recipe.isPlaceholderData && "opacity-60")}>
            <Size plan={recipe.data} />
            <Notices notices={recipe.data.notices} />
            <ProbePanel key={JSON.stringify({ ...request, name: "" })} request={request} />
            <Choices choices={recipe.data.choices} />
          </div>
        )}
    </section>
  )
}

/** How much there is to learn from, how long it goes on, and its room on the disk. */
export function Size({ plan }: { plan: TrainingPlan }) {
  const t = useTranslations("recipe")
  const locale = useLocaleName()
  const { facts } = plan
  const tight = plan.disk_bytes > plan.disk_free_bytes
  const rows = [
    [t("clips"), t("clipsOf", { train: facts.clips - facts.eval_clips, evaluation: facts.eval_clips })],
    [t("speech"), duration(facts.speech_s, locale)],
    [t("stepsPlanned"), t("stepsOf", { total: plan.total_steps, epoch: plan.steps_per_epoch })],
    [t("disk"), t("diskOf", { most: bytes(plan.disk_bytes, locale), free: bytes(plan.disk_free_bytes, locale) })],
  ] as const
  return (
    <dl aria-label={t("size")} className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-[13px]">
      {rows.map(([label, value], i) => (
        <div key={label} className="contents">
          <dt className="text-muted-foreground">{label}</dt>
          <dd className={cn("text-right tabular-nums", i === 3 && tight && "font-medium text-destructive")}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Setting, value, reason. */
export function Choices({ choices }: { choices: Choice[] }) {
  const t = useTranslations("recipe")
  const said = useSaid()
  const words = useSettingWords()
  return (
    <ul aria-label={t("choices")} className="divide-y border-y text-[13px]">
      {choices.map(({ setting, value, reason }) => (
        <li key={setting} data-setting={setting} className="py-2">
          <div className="flex items-baseline justify-between gap-3">
            <span className="font-medium">{words.name(setting)}</span>
            <span className="text-right font-mono text-xs tabular-nums">{value === null ? t("automatic") : words.value(value)}</span>
          </div>
          <p className="mt-0.5 text-xs text-muted-foreground">{said(reason)}</p>
        </li>
      ))}
    </ul>
  )
}
