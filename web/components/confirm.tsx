"use client"
import { AlertDialog as A } from "radix-ui"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { useHandOn } from "@/components/ui/use-hand-on"

type Props = { title: string; text: string; action: string; onConfirm: () => void; children: React.ReactNode }

/** Asks before something can't be undone; the dialog names the thing. `children` is the button that opens it. */
export function Confirm({ title, text, action, onConfirm, children }: Props) {
  const t = useTranslations("common")
  const opener = useHandOn()
  return (
    <A.Root>
      <A.Trigger ref={opener} asChild>{children}</A.Trigger>
      <A.Portal>
        <A.Overlay className="fixed inset-0 z-50 bg-black/50" />
        <A.Content className="fixed top-1/2 left-1/2 z-50 w-[min(92vw,28rem)] -translate-x-1/2 -translate-y-1/2 space-y-4 rounded-xl border bg-popover p-5 shadow-2xl">
          <A.Title className="font-semibold">{title}</A.Title>
          <A.Description className="text-sm text-muted-foreground">{text}</A.Description>
          <div className="flex justify-end gap-2">
            <A.Cancel asChild><Button variant="outline">{t("cancel")}</Button></A.Cancel>
            <A.Action asChild><Button variant="destructive" onClick={onConfirm}>{action}</Button></A.Action>
          </div>
        </A.Content>
      </A.Portal>
    </A.Root>
  )
}
