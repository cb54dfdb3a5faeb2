"use client"
import { ChevronLeftIcon, ChevronRightIcon, ZoomInIcon, ZoomOutIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { Slider } from "@/components/ui/slider"
import { useLocaleName } from "@/lib/i18n/provider"
import { decimal } from "@/lib/utils"
import { useCharts } from "./charts-state"

/** How smooth all charts of the page are, and which steps they show. */
export function ChartsToolbar() {
  const t = useTranslations("charts")
  const locale = useLocaleName()
  const { smoothing, setSmoothing, range, setRange, look } = useCharts()
  const tools = [
    { label: t("zoomIn"), icon: <ZoomInIcon />, act: () => look(0.5, 0), off: false },
    { label: t("zoomOut"), icon: <ZoomOutIcon />, act: () => look(2, 0), off: !range },
    { label: t("earlier"), icon: <ChevronLeftIcon />, act: () => look(1, -0.5), off: !range },
    { label: t("later"), icon: <ChevronRightIcon />, act: () => look(1, 0.5), off: !range },
  ]
  return (
    <div role="group" aria-label={t("tools")} className="flex flex-wrap items-center gap-x-5 gap-y-2 text-xs text-muted-foreground">
      <div className="flex items-center gap-2.5">
        <span id="smoothing">{t("smoothing")}</span>
        <Slider aria-labelledby="smoothing" className="w-36" min={0} max={0.99} step={0.01} value={[smoothing]} onValueChange={([weight]) => setSmoothing(weight!)} />
        <span className="w-8 font-mono text-foreground tabular-nums">{decimal(smoothing, 2, locale)}</span>
      </div>
      <div className="flex items-center gap-1">
        {tools.map((tool) => (
          <Button key={tool.label} type="button" size="icon" variant="ghost" className="size-8" aria-label={tool.label} title={tool.label} disabled={tool.off} onClick={tool.act}>{tool.icon}</Button>
        ))}
        <Button type="button" size="sm" variant="ghost" disabled={!range} onClick={() => setRange(null)}>{t("allSteps")}</Button>
      </div>
      <p className="font-mono tabular-nums" aria-live="polite">{range ? t("inView", { from: Math.round(range[0]), to: Math.round(range[1]) }) : ""}</p>
    </div>
  )
}
