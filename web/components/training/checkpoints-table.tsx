"use client"
import { PackagePlusIcon } from "lucide-react"
import { useTranslations } from "use-intl"
import { Badge } from "@/components/ui/badge"
import { Button } from "@/components/ui/button"
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card"
import type { KeptCheckpoint, RunDetails } from "@/lib/api/runs"
import { useLocaleName } from "@/lib/i18n/provider"
import { bytes } from "@/lib/utils"
import { PublishDialog } from "./publish-dialog"
import { scoreText } from "./scores"

/** What the run keeps on the disk, each with what can be made of it. */
export function CheckpointsTable({ run }: { run: RunDetails }) {
  const t = useTranslations("training")
  const columns = [t("step"), t("keptAs"), t("score"), t("evalLoss"), t("fileSize")]
  return (
    <Card>
      <CardHeader><div><CardTitle id="checkpoints">{t("checkpoints")}</CardTitle><CardDescription>{t("checkpointsHint")}</CardDescription></div></CardHeader>
      <CardContent>
        {!run.checkpoints.length ? <p className="text-sm text-muted-foreground">{t("noCheckpoints")}</p> : (
          <div role="region" aria-labelledby="checkpoints" tabIndex={0} className="relative scroll-x">
            <table aria-labelledby="checkpoints" className="w-full text-[13px]">
              <thead className="text-left text-xs text-muted-foreground">
                <tr className="border-b">
                  {columns.map((column) => <th key={column} scope="col" className="py-2 pr-4 font-medium whitespace-nowrap">{column}</th>)}
                  <th scope="col"><span className="sr-only">{t("actions")}</span></th>
                </tr>
              </thead>
              <tbody>{run.checkpoints.map((one) => <Row key={one.step} run={run} checkpoint={one} />)}</tbody>
            </table>
          </div>
        )}
      </CardContent>
    </Card>
  )
}

function Row({ run, checkpoint }: { run: RunDetails; checkpoint: KeptCheckpoint }) {
  const t = useTranslations("training")
  const locale = useLocaleName()
  const { step, best, resumable, size_bytes } = checkpoint
  const audition = run.auditions.find((one) => one.step === step)
  return (
    <tr className="border-b last:border-b-0">
      <th scope="row" className="py-2 pr-4 text-left font-mono font-normal tabular-nums">{step}</th>
      <td className="py-2 pr-4">
        <span className="flex gap-1.5">
          {best && <Badge variant="success">{t("best")}</Badge>}
          {resumable && <Badge>{t("last")}</Badge>}
          {!best && !resumable && <Badge variant="secondary">{t("kept")}</Badge>}
        </span>
      </td>
      <td className="py-2 pr-4 font-mono text-xs tabular-nums">{scoreText("score", audition?.score, locale)}</td>
      <td className="py-2 pr-4 font-mono text-xs tabular-nums">{scoreText("eval_loss", audition?.eval_loss, locale)}</td>
      <td className="py-2 pr-4 font-mono text-xs whitespace-nowrap tabular-nums">{bytes(size_bytes, locale)}</td>
      <td className="py-1 text-right">
        <PublishDialog runId={run.run_id} step={step} suggested={`${run.request.name}-${step}`}>
          <Button type="button" size="sm" variant="outline" aria-label={t("publishStep", { step })}><PackagePlusIcon />{t("publish")}</Button>
        </PublishDialog>
      </td>
    </tr>
  )
}
