"use client"
import { useSyncExternalStore } from "react"
import { useTranslations } from "use-intl"
import { CopyField } from "@/components/copy-field"

const never = () => () => undefined

/** Where clients find the studio; with a key given, ready to be pasted. */
export function Addresses({ secret }: { secret?: string }) {
  const t = useTranslations("keys")
  const origin = useSyncExternalStore(never, () => location.origin, () => "")
  return (
    <div className="space-y-4">
      <CopyField label={t("openai")} hint={t("openaiHint")} value={`${origin}/v1`} />
      <CopyField label={t("silly")} hint={secret ? t("sillyHintMade") : t("sillyHint")} value={`${origin}/xtts/key/${secret ?? t("yourKey")}`} />
    </div>
  )
}
