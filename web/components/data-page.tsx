"use client"
import dynamic from "next/dynamic"
import { Suspense, useCallback, useState } from "react"
import { useTranslations } from "use-intl"
import { DatasetsBlock } from "@/components/datasets/datasets-block"
import { PageHeader } from "@/components/page-header"
import { Skeleton } from "@/components/ui/skeleton"
import type { Job } from "@/hooks/use-job"
import type { ChunkResult } from "@/lib/api/cutting"
import { useRecordings } from "@/lib/api/recordings"
import { RecordingsBlock } from "@/components/data/recordings-block"
import { useAddress } from "@/components/data/use-address"

const Waiting = () => <Skeleton className="h-96 w-full rounded-xl" />
const RecordingView = dynamic(() => import("@/components/data/recording-view").then((module) => module.RecordingView), { ssr: false, loading: Waiting })

/** From recordings to datasets. What is chosen stands in the address bar: `?recording=` and `?dataset=`. */
export function DataPage() {
  const t = useTranslations("data")
  return (
    <>
      <PageHeader title={t("title")} subtitle={t("subtitle")} />
      <Suspense fallback={<Waiting />}><Blocks /></Suspense>
    </>
  )
}

function Blocks() {
  const [recordingId, setRecording] = useAddress("recording")
  const [dataset, setDataset] = useAddress("dataset")
  const [followUp, setFollowUp] = useState<string | null>(null)
  const recording = useRecordings().data?.find((one) => one.id === recordingId)
  const onCut = useCallback((job: Job) => {
    setFollowUp(job.follow_up_job_id)
    setDataset((job.result as ChunkResult).dataset)
  }, [setDataset])
  return (
    <div className="space-y-6">
      <RecordingsBlock selected={recordingId} onSelect={setRecording} />
      {recording && <RecordingView key={recording.id} recording={recording} onCut={onCut} />}
      <DatasetsBlock selected={dataset} onSelect={setDataset} shownJob={followUp} />
    </div>
  )
}
