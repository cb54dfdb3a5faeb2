"use client"
import { AudioLinesIcon, BanIcon, CircleCheckIcon, CircleDashedIcon, CombineIcon, OctagonXIcon, ScissorsIcon, SplitIcon, TriangleAlertIcon, Volume2Icon, type LucideIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import type { Fix } from "@/lib/api/curation"
import type { Clip, ClipReport, Finding, Light } from "@/lib/api/datasets"
import { useSaid } from "@/lib/i18n/provider"
import { cn } from "@/lib/utils"
import { useDesk } from "./desk"
import { useCodeNames } from "./labels"

export const LIGHTS: Record<Light, { Icon: LucideIcon; colour: string; bar: string }> = {
  green: { Icon: CircleCheckIcon, colour: "text-success", bar: "bg-success" },
  amber: { Icon: TriangleAlertIcon, colour: "text-warning", bar: "bg-warning" },
  red: { Icon: OctagonXIcon, colour: "text-destructive", bar: "bg-destructive" },
}

export const FIX_ICONS: Record<Fix, LucideIcon> = { trim: ScissorsIcon, split: SplitIcon, merge: CombineIcon, normalise: Volume2Icon, drop: BanIcon }

/** What the x-ray makes of a clip, as one sign with its name. */
export function ClipLight({ clip, report }: { clip: Clip; report: ClipReport | undefined }) {
  const t = useTranslations("datasets")
  const dropped = clip.state === "dropped"
  const { Icon, colour } = dropped ? { Icon: BanIcon, colour: "text-muted-foreground" } : report ? LIGHTS[report.light] : { Icon: CircleDashedIcon, colour: "text-muted-foreground" }
  const title = dropped ? t("dropped") : report ? t(`lights.${report.light}`) : t("lights.none")
  return (
    <span title={title} className={cn("grid size-5 shrink-0 place-items-center", colour)}>
      <Icon className="size-4" aria-hidden />
      <span className="sr-only">{title}</span>
    </span>
  )
}

type Props = { clip: Clip; number: number; report: ClipReport | undefined; open: boolean }

/** Why a clip has its light, each reason with the click that mends it; in full sentences where the clip is `open`. */
export function ClipReasons({ clip, number, report, open }: Props) {
  const named = useCodeNames()
  const said = useSaid()
  if (clip.state === "dropped") return null
  const findings = report?.findings ?? []
  const told = new Set(findings.map((one) => one.code))
  const flags = (clip.flags ?? []).filter((flag) => !told.has(flag))
  if (!findings.length && !flags.length) return null
  return (
    <ul className={cn("flex flex-wrap items-center gap-x-3 gap-y-1 text-xs", open && "flex-col items-start gap-y-1.5")}>
      {findings.map((one) => {
        const { Icon, colour } = LIGHTS[one.light]
        return (
          <li key={one.code} data-finding={one.code} className="flex min-w-0 flex-wrap items-center gap-x-1.5 gap-y-1">
            <Icon className={cn("size-3.5 shrink-0", colour)} aria-hidden />
            <span className="font-medium">{named(one.code)}</span>
            {open && <span className="min-w-0 text-muted-foreground wrap-anywhere">{said(one.reason)}</span>}
            {one.fix && <FixButton clip={clip} number={number} finding={one} fix={one.fix} reachable={open} />}
          </li>
        )
      })}
      {flags.map((flag) => (
        <li key={flag} className="flex items-center gap-1.5 text-muted-foreground"><AudioLinesIcon className="size-3.5 shrink-0" aria-hidden />{named(flag)}</li>
      ))}
    </ul>
  )
}

type FixProps = { clip: Clip; number: number; finding: Finding; fix: Fix; reachable: boolean }

function FixButton({ clip, number, finding, fix, reachable }: FixProps) {
  const t = useTranslations("datasets")
  const code = useCodeNames()(finding.code)
  const { act, merge, busy } = useDesk()
  const Icon = FIX_ICONS[fix]
  return (
    <Button
      type="button"
      size="sm"
      variant="outline"
      className="h-6 gap-1 px-2 text-xs [&_svg]:size-3"
      disabled={busy}
      tabIndex={reachable ? 0 : -1}
      aria-label={t("fixClip", { fix: t(`actions.${fix}`), n: number, code })}
      onClick={() => (fix === "merge" ? merge(clip, finding.others?.[0]) : act(fix, [clip.file]))}
    >
      <Icon /> {t(`actions.${fix}`)}
    </Button>
  )
}
