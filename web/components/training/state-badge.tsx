"use client"
import { BanIcon, CircleAlertIcon, CircleCheckIcon, CircleDashedIcon, CirclePauseIcon, LoaderIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"

const LOOKS = {
  queued: { variant: "secondary", icon: CircleDashedIcon },
  running: { variant: "default", icon: LoaderIcon },
  succeeded: { variant: "success", icon: CircleCheckIcon },
  failed: { variant: "destructive", icon: CircleAlertIcon },
  cancelled: { variant: "secondary", icon: BanIcon },
  interrupted: { variant: "warning", icon: CirclePauseIcon },
} as const

export type State = keyof typeof LOOKS

export function StateBadge({ state }: { state: State }) {
  const t = useTranslations("common")
  const { variant, icon: Icon } = LOOKS[state]
  return <Badge variant={variant}><Icon className="size-3" aria-hidden />{t(`states.${state}`)}</Badge>
}
