"use client"
import dynamic from "next/dynamic"
import { Suspense, useCallback, useState } from "react"
import { useTranslations } from "use-intl"
import { DatasetsBlock } from "@/components/datasets/datasets-block"
import { VIEW_IN_ADDRESS } from "@/components/datasets/use-view"
import { PageHeader } from "@/components/page-header"
import { Skeleton } from "@/components/ui/skeleton"
import type { Job } from "@/hooks/use-job"
import type { ChunkResult } from "@/lib/api/cutting"
import { useRecordings } from "@/lib/api/recordings"
import { RecordingsBlock } from "@/components/data/recordings-block"
import { useAddress } from "@/hooks/use-address"

const Waiting = () => <Skeleton className="h-96 w-full rounded-xl" />
const RecordingView = dynamic(() => import("@/components/data/recording-view").then((module) => module.RecordingView), { ssr: false, loading: Waiting })
const FirstSteps = dynamic(() => import("@/components/first-steps").then((module) => module.FirstSteps), { ssr: false })

const OF_RECORDING = ["range"]
const OF_DATASET = VIEW_IN_ADDRESS

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
  const [recordingId, setRecording] = useAddress("recording", OF_RECORDING)
  const [dataset, setDataset] = useAddress("dataset", OF_DATASET)
  const [followUp, setFollowUp] = useState<string | null>(null)
  const [arrived, setArrived] = useState<string | null>(null) // opened by itself: whoever uploads goes on looking at the uploads
  const [listed, setListed] = useState<string | null>(null) // chosen in the list right above it
  const recording = useRecordings().data?.find((one) => one.id === recordingId)
  const onCut = useCallback((job: Job) => {
    setFollowUp(job.follow_up_job_id)
    setDataset((job.result as ChunkResult).dataset)
  }, [setDataset])
  return (
    <div className="space-y-6">
      <FirstSteps onRecording={setRecording} />
      <RecordingsBlock selected={recordingId} onSelect={setRecording} onArrived={(id) => { setArrived(id); setRecording(id) }} />
      {recording && <RecordingView key={recording.id} recording={recording} asked={recording.id !== arrived} onCut={onCut} />}
      <DatasetsBlock selected={dataset} asked={!recordingId && dataset !== listed} onSelect={(name) => { setListed(name); setDataset(name) }} shownJob={followUp} />
    </div>
  )
}
