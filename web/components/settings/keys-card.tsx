"use client"
import { KeyRoundIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Fold } from "@/components/fold"
import { Problem } from "@/components/problem"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { Empty } from "@/components/ui/empty"
import { Skeleton } from "@/components/ui/skeleton"
import { useKeys } from "@/lib/api/keys"
import { Addresses } from "./addresses"
import { KeyRow } from "./key-row"
import { NewKey } from "./new-key"

/** Keys with which other programs may speak here, and where these find the studio. */
export function KeysCard() {
  const t = useTranslations("keys")
  const keys = useKeys()
  return (
    <Card>
      <CardHeader className="flex-wrap">
        <div className="min-w-0 flex-1 basis-64"><CardTitle id="keys-title">{t("keys")}</CardTitle><CardDescription>{t("keysHint")}</CardDescription></div>
        <NewKey />
      </CardHeader>
      <CardContent className="space-y-5">
        <Problem error={keys.error} />
        {keys.isPending && <Skeleton className="h-24" />}
        {keys.data?.keys.length === 0 && <Empty icon={<KeyRoundIcon />} title={t("none")} hint={t("noneHint")} />}
        {!!keys.data?.keys.length && <ul aria-labelledby="keys-title" className="divide-y">{keys.data.keys.map((key) => <KeyRow key={key.id} of={key} />)}</ul>}
        <Fold title={t("how")}><Addresses /></Fold>
      </CardContent>
    </Card>
  )
}
