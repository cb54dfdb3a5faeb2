"use client"
import { useTranslations } from "use-intl"
import { CheckField } from "@/components/field"
import type { Tuning } from "./draft"
import { NumberSettings, type NumberSetting, type Planned } from "./setting-fields"
import { useSettingWords } from "./setting-words"

const NUMBERS: readonly NumberSetting[] = [
  { name: "lora_rank", min: 1, max: 256 },
  { name: "lora_alpha", min: 0, max: 1024, step: "any" },
  { name: "lora_dropout", min: 0, max: 0.99, step: "any" },
]
const TARGETS = ["attention", "mlp", "embeddings"] as const

type Props = { tuning: Tuning; planned: Planned; onChange: (changes: Tuning) => void }

/** How large an adapter is, and what of the model it stands beside. */
export function AdapterFields(props: Props) {
  return <><NumberSettings settings={NUMBERS} {...props} /><Targets {...props} /></>
}

function Targets({ tuning, planned, onChange }: Props) {
  const t = useTranslations("recipe")
  const words = useSettingWords()
  const targets = tuning.lora_targets ?? (planned?.lora_targets as Tuning["lora_targets"]) ?? ["attention", "mlp"]
  const turn = (target: (typeof TARGETS)[number], on: boolean) => {
    const next = TARGETS.filter((one) => (one === target ? on : targets.includes(one)))
    if (next.length) onChange({ lora_targets: next })
  }
  return (
    <div role="group" aria-label={words.name("lora_targets")} className="space-y-2">
      <span className="block text-sm leading-none font-medium">{words.name("lora_targets")}</span>
      {TARGETS.map((target) => (
        <CheckField key={target} label={t(`values.${target}`)} checked={targets.includes(target)} onChange={(on) => turn(target, on)} />
      ))}
    </div>
  )
}
