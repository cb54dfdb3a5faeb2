"use client"
import { Trash2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Confirm } from "@/components/confirm"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Skeleton } from "@/components/ui/skeleton"
import { useCleanStorage, useStorage, type Cleanable, type StoredKind } from "@/lib/api/storage"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes } from "@/lib/utils"

/** What takes how much room, the largest first, and what can go. */
export function StorageCard() {
  const t = useTranslations("storage")
  const locale = useLocaleName()
  const { data, error } = useStorage()
  const clean = useCleanStorage()
  const kinds = data?.kinds.filter((one) => one.size_bytes > 0).sort((a, b) => b.size_bytes - a.size_bytes) ?? []
  const most = kinds[0]?.size_bytes ?? 1
  return (
    <Card role="region" aria-labelledby="storage-title">
      <CardHeader>
        <div>
          <CardTitle id="storage-title">{t("title")}</CardTitle>
          {data && <CardDescription>{t("free", { size: bytes(data.free_bytes, locale) })}</CardDescription>}
        </div>
      </CardHeader>
      <CardContent className="space-y-5">
        <Problem error={error ?? clean.error} />
        {!data && !error && <Skeleton className="h-48" />}
        {data && kinds.length === 0 && <p className="text-sm text-muted-foreground">{t("empty")}</p>}
        <ul className="space-y-2.5">{kinds.map((kind) => <Kind key={kind.kind} kind={kind} share={kind.size_bytes / most} />)}</ul>
        {data?.cleanable.some((one) => one.count > 0) && (
          <section aria-labelledby="cleanable" className="space-y-2">
            <h3 id="cleanable" className="text-sm font-medium">{t("cleanable")}</h3>
            <ul className="divide-y rounded-lg border">
              {data.cleanable.filter((one) => one.count > 0).map((one) => <CleanRow key={one.kind} found={one} pending={clean.isPending} onClean={() => clean.mutate(one.kind)} />)}
            </ul>
          </section>
        )}
        <p role="status" className="text-[13px] text-muted-foreground empty:hidden">{clean.data && t("freed", { size: bytes(clean.data.freed_bytes, locale) })}</p>
      </CardContent>
    </Card>
  )
}

function Kind({ kind, share }: { kind: StoredKind; share: number }) {
  const t = useTranslations("storage")
  const locale = useLocaleName()
  const largest = kind.largest.map((one) => `${one.name} ${bytes(one.size_bytes, locale)}`).join(" · ")
  return (
    <li className="space-y-1 text-[13px]">
      <div className="flex justify-between gap-3">
        <span className="font-medium">{t(`kinds.${kind.kind}`)} <span className="font-normal text-muted-foreground">{t("things", { n: kind.count })}</span></span>
        <span className="font-mono text-xs tabular-nums">{bytes(kind.size_bytes, locale)}</span>
      </div>
      <div className="h-1.5 overflow-hidden rounded-full bg-secondary" aria-hidden><div className="h-full rounded-full bg-primary" style={{ width: `${Math.max(0.5, 100 * share)}%` }} /></div>
      <p className="truncate text-xs text-muted-foreground" title={largest}>{largest}</p>
    </li>
  )
}

function CleanRow({ found, pending, onClean }: { found: Cleanable; pending: boolean; onClean: () => void }) {
  const t = useTranslations("storage")
  const common = useTranslations("common")
  const locale = useLocaleName()
  const size = bytes(found.size_bytes, locale)
  const what = t(`clean.${found.kind}`)
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 p-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="text-sm font-medium">{what}</p>
        <p className="text-xs text-muted-foreground">{t(`cleanAbout.${found.kind}`)}</p>
      </div>
      <span className="font-mono text-xs tabular-nums">{size}</span>
      <Confirm title={t("confirm", { what })} text={`${t("things", { n: found.count })}, ${size}. ${t(`cleanAbout.${found.kind}`)}`} action={common("delete")} onConfirm={onClean}>
        <Button type="button" size="sm" variant="outline" disabled={pending} aria-label={t("confirm", { what })}><Trash2Icon /> {common("delete")}</Button>
      </Confirm>
    </li>
  )
}
