"use client"
import { useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import type { Method } from "@/lib/api/training"
import { AdapterFields } from "./adapter-fields"
import { AuditionFields } from "./audition-fields"
import { chosenOf, type Draft, type Tuning } from "./draft"
import { ChoiceSetting, NumberSettings, type ChoiceName, type NumberSetting, type Planned } from "./setting-fields"

type Group = { title: "length" | "steps" | "device" | "clips" | "saving"; numbers: readonly NumberSetting[]; choices: readonly ChoiceName[] }

const GROUPS: readonly Group[] = [
  { title: "length", numbers: [{ name: "epochs", min: 1, max: 10_000 }, { name: "max_steps", min: 1 }], choices: [] },
  {
    title: "steps",
    numbers: [
      { name: "effective_batch", min: 1, max: 4096 },
      { name: "learning_rate", min: 0, max: 1, step: "any" },
      { name: "warmup_steps", min: 0 },
      { name: "weight_decay", min: 0, max: 1, step: "any" },
      { name: "dropout", min: 0, max: 0.99, step: "any" },
    ],
    choices: ["lr_schedule"],
  },
  { title: "device", numbers: [{ name: "batch_size", min: 1, max: 256 }], choices: ["precision", "gradient_checkpointing"] },
  {
    title: "clips",
    numbers: [{ name: "eval_fraction", min: 0, max: 0.9, step: "any" }, { name: "new_tokens", min: 0, max: 8000 }, { name: "seed", min: 0 }],
    choices: ["prompts"],
  },
  { title: "saving", numbers: [{ name: "save_every_steps", min: 1 }, { name: "keep_every_steps", min: 1 }], choices: ["model_precision"] },
]

type Props = { draft: Draft; method: Method | null; planned: Planned; onChange: (changes: Partial<Draft>) => void }

/** Every setting, in groups; empty ones are the recipe's. */
export function AdvancedFields({ draft, method, planned, onChange }: Props) {
  const t = useTranslations("recipe")
  const { tuning } = draft
  const chosen = chosenOf(tuning)
  const fields = { tuning, planned, onChange: (changes: Tuning) => onChange({ tuning: { ...tuning, ...changes } }) }
  return (
    <Fold title={t("advanced")} note={chosen ? t("chosen", { n: chosen }) : undefined}>
      <p className="text-[13px] text-muted-foreground">{t("advancedHint")}</p>
      {GROUPS.map(({ title, numbers, choices }) => (
        <Fields key={title} title={t(`groups.${title}`)}>
          <NumberSettings settings={numbers} {...fields} />
          {choices.map((name) => <ChoiceSetting key={name} name={name} {...fields} />)}
        </Fields>
      ))}
      <Special method={method} {...fields} />
    </Fold>
  )
}

type SpecialProps = { method: Method | null; tuning: Tuning; planned: Planned; onChange: (changes: Tuning) => void }

function Special({ method, ...fields }: SpecialProps) {
  const t = useTranslations("recipe")
  return (
    <>
      {method === "lora" && <Fields title={t("groups.adapter")}><AdapterFields {...fields} /></Fields>}
      <Fields title={t("groups.auditions")}><AuditionFields {...fields} /></Fields>
    </>
  )
}

function Fields({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="space-y-3 border-t pt-4">
      <legend className="float-left w-full text-[13px] font-medium text-muted-foreground">{title}</legend>
      <div className="clear-both grid gap-4 pt-1 sm:grid-cols-2">{children}</div>
    </fieldset>
  )
}
