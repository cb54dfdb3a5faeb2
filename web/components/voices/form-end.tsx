"use client"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { DialogClose } from "@/components/ui/dialog"

type Props = { action: string; ready: boolean; pending: boolean; error: unknown }

/** How every form that makes a voice ends. */
export function FormEnd({ action, ready, pending, error }: Props) {
  const t = useTranslations("voices")
  const common = useTranslations("common")
  return (
    <>
      <Problem error={error} />
      <div className="flex justify-end gap-2">
        <DialogClose asChild><Button type="button" variant="outline">{common("cancel")}</Button></DialogClose>
        <Button type="submit" disabled={!ready || pending}>{pending ? t("making") : action}</Button>
      </div>
    </>
  )
}
