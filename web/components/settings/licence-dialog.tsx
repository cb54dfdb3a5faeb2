"use client"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Dialog, DialogClose, DialogContent, DialogDescription, DialogTitle, DialogTrigger } from "@/components/ui/dialog"
import { Skeleton } from "@/components/ui/skeleton"
import { useAcceptLicence, useLicence } from "@/lib/api/models"

type Props = { children: React.ReactNode; onAccepted?: () => void }

/** The licence of the base model's weights, to read and to accept; `children` opens it. */
export function LicenceDialog({ children, onAccepted }: Props) {
  const t = useTranslations("settings")
  const common = useTranslations("common")
  const [open, setOpen] = useState(false)
  const licence = useLicence()
  const accept = useAcceptLicence()
  const agree = () =>
    accept.mutate(undefined, {
      onSuccess: () => {
        setOpen(false)
        onAccepted?.()
      },
    })
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      <DialogTrigger asChild>{children}</DialogTrigger>
      <DialogContent className="w-[min(92vw,42rem)]">
        <DialogTitle>{t("licenceTitle")}</DialogTitle>
        <DialogDescription>{licence.data?.name}</DialogDescription>
        {licence.data ? (
          <div role="region" aria-label={t("licenceText")} tabIndex={0} className="max-h-[50vh] overflow-auto rounded-md border bg-muted/40 p-3 text-[13px] leading-5 whitespace-pre-wrap">
            {licence.data.text}
          </div>
        ) : <Skeleton className="h-48" />}
        <Problem error={licence.error ?? accept.error} />
        <div className="flex items-center justify-end gap-2">
          {licence.data?.accepted && <p className="mr-auto text-sm text-muted-foreground">{t("accepted")}</p>}
          <DialogClose asChild><Button variant="outline">{common("close")}</Button></DialogClose>
          {licence.data && !licence.data.accepted && (
            <Button disabled={accept.isPending} onClick={agree}>{onAccepted ? t("acceptAndDownload") : t("accept")}</Button>
          )}
        </div>
      </DialogContent>
    </Dialog>
  )
}
