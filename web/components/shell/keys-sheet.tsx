"use client"
import { useTranslations } from "use-intl"
import { DialogHead } from "@/components/dialog-head"
import { Dialog, DialogContent } from "@/components/ui/dialog"
import { Kbd } from "@/components/ui/kbd"

const GROUPS = {
  everywhere: [["menu", ["Ctrl", "K"]], ["data", ["G", "D"]], ["training", ["G", "T"]], ["inference", ["G", "I"]], ["settings", ["G", "S"]], ["jobs", ["G", "J"]], ["help", ["?"]]],
  speech: [["speak", ["Ctrl", "Enter"]]],
  recording: [["play", ["Space"]], ["seek", ["←", "→"]], ["chunk", ["J", "K"]], ["playChunk", ["Enter"]], ["range", ["[", "]"]], ["zoom", ["+", "−"]]],
  comparison: [["first", ["←"]], ["second", ["→"]], ["firstBetter", ["1"]], ["secondBetter", ["2"]], ["same", ["0"]]],
} as const

/** All keys of the page; a dataset shows its own beside its clips. */
export function KeysSheet({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const t = useTranslations("shell")
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent aria-describedby={undefined} className="w-[min(92vw,44rem)]">
        <DialogHead title={t("keys")} />
        <div className="gap-8 space-y-5 sm:columns-2 sm:space-y-0">
          {Object.entries(GROUPS).map(([group, keys]) => (
            <section key={group} aria-label={t(`groups.${group as "speech"}`)} className="mb-5 break-inside-avoid space-y-1.5">
              <h3 className="text-xs font-medium text-muted-foreground">{t(`groups.${group as "speech"}`)}</h3>
              <dl className="space-y-1.5 text-[13px]">
                {keys.map(([what, pressed]) => (
                  <div key={what} className="flex items-center justify-between gap-3">
                    <dt>{t(`does.${what}`)}</dt>
                    <dd className="flex shrink-0 gap-1">{pressed.map((key) => <Kbd key={key}>{key}</Kbd>)}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
          <p className="text-[13px] text-muted-foreground">{t("datasetKeys")}</p>
        </div>
      </DialogContent>
    </Dialog>
  )
}
