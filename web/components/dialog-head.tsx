"use client"
import { XIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Button } from "@/components/ui/button"
import { DialogClose, DialogDescription, DialogTitle } from "@/components/ui/dialog"
import { cn } from "@/lib/utils"

/** What a dialog is for, and the button that closes it. Without `children` the dialog itself says that nothing describes it. */
export function DialogHead({ title, children, className }: { title: string; children?: React.ReactNode; className?: string }) {
  const t = useTranslations("common")
  return (
    <header className={cn("flex items-start justify-between gap-3", className)}>
      <div className="min-w-0">
        <DialogTitle>{title}</DialogTitle>
        {children && <DialogDescription>{children}</DialogDescription>}
      </div>
      <DialogClose asChild><Button type="button" size="icon-sm" variant="ghost" className="-mt-1.5 -mr-1.5" aria-label={t("close")}><XIcon /></Button></DialogClose>
    </header>
  )
}
