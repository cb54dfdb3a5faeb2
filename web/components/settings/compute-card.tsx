"use client"
import { useMutation } from "@tanstack/react-query"
import { CircleAlertIcon, CircleCheckIcon, Loader2Icon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import { testCompute, useSettings, type ComputeCheck } from "@/lib/api/settings"
import { useSaid } from "@/lib/i18n/provider"

/** Where work is done, and whether the way to Modal's GPUs is open. */
export function ComputeCard() {
  const t = useTranslations("compute")
  const settings = useSettings()
  const test = useMutation({ mutationFn: testCompute })
  const onModal = settings.data?.compute === "modal"
  return (
    <Card role="region" aria-labelledby="compute-title">
      <CardHeader>
        <div>
          <CardTitle id="compute-title">{t("title")}</CardTitle>
          <CardDescription>{settings.data && t(onModal ? "modal" : "local")}</CardDescription>
        </div>
      </CardHeader>
      <CardContent className="space-y-4">
        <Button type="button" size="sm" variant="outline" disabled={test.isPending} onClick={() => test.mutate()}>
          {test.isPending && <Loader2Icon className="animate-spin" />}{t("test")}
        </Button>
        <Problem error={test.error} />
        <div aria-live="polite">{test.data && <ul className="space-y-2 text-[13px]">{test.data.checks.map((check) => <Check key={check.name} check={check} />)}</ul>}</div>
      </CardContent>
    </Card>
  )
}

function Check({ check }: { check: ComputeCheck }) {
  const said = useSaid()
  const [Icon, colour] = check.ok ? [CircleCheckIcon, "text-success"] as const : [CircleAlertIcon, "text-warning"] as const
  return (
    <li className="flex gap-2" data-ok={check.ok}>
      <Icon className={`mt-0.5 size-4 shrink-0 ${colour}`} aria-hidden />
      <p className="min-w-0 break-words">{said(check.found)} {check.hint && <span className="text-muted-foreground">{said(check.hint)}</span>}</p>
    </li>
  )
}
