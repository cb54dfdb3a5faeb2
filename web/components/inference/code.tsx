"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { CopyField } from "@/components/copy-field"
import { SelectField } from "@/components/field"
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs"
import type { AudioFormat } from "@/lib/api/speech"
import type { Asked } from "./draft"
import { FORMAT_NAMES, PROGRAMS, snippetOf } from "./snippets"

/** A speech as several programs ask for it, in the format that is chosen. */
export function Code({ request }: { request: Asked }) {
  const t = useTranslations("inference")
  const [format, setFormat] = useState<AudioFormat>("mp3")
  return (
    <div className="space-y-4">
      <SelectField className="max-w-40" label={t("copyAs.format")} value={format} onChange={(value) => setFormat(value as AudioFormat)} options={FORMAT_NAMES.map((one) => ({ value: one.format, label: one.name }))} />
      <Tabs defaultValue="curl">
        <TabsList>{PROGRAMS.map((program) => <TabsTrigger key={program} value={program}>{t(`copyAs.${program}`)}</TabsTrigger>)}</TabsList>
        {PROGRAMS.map((program) => (
          <TabsContent key={program} value={program} tabIndex={-1}>
            <CopyField label={t(`copyAs.${program}`)} value={snippetOf(program, location.origin, request, format)} lines />
          </TabsContent>
        ))}
      </Tabs>
    </div>
  )
}
