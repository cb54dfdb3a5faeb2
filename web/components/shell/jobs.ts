import { MOST_ENDED, type Job } from "@/lib/api/jobs"

const UNDER_WAY: readonly Job["state"][] = ["queued", "running"]
const AGAIN: readonly Job["state"][] = ["failed", "cancelled", "interrupted"]

export const isUnderWay = (job: Job) => UNDER_WAY.includes(job.state)
export const canBeRetried = (job: Job) => AGAIN.includes(job.state)

/** What the stream, or the list of jobs, says of one. */
export type Told = { id: string; job: Partial<Job> }

/** The jobs with what was told of them, newest first. What runs or has ended stays so: a list may be older than the stream. */
export function withTold(jobs: readonly Job[], told: readonly Told[]): readonly Job[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  for (const { id, job } of told) {
    const before = byId.get(id)
    if (before && (!isUnderWay(before) || (before.state === "running" && job.state === "queued"))) continue
    if (before || job.id) byId.set(id, { ...before, ...job } as Job)
  }
  const all = [...byId.values()].sort((a, b) => b.created_at.localeCompare(a.created_at))
  const oldest = all.filter((job) => !isUnderWay(job))[MOST_ENDED - 1]
  return all.filter((job) => isUnderWay(job) || !oldest || job.created_at >= oldest.created_at)
}

/** What a job works on, in its own names: a dataset, a model, a recording. */
export function subjectOf({ request }: Job): string {
  const { training, ...own } = request as Record<string, unknown>
  const names = { ...(training as Record<string, unknown> | undefined), ...own }
  return String(names.dataset ?? names.model ?? names.name ?? "")
}

/** The page on which a job is at home. */
export function pageOfJob(job: Job): string {
  const { dataset, name } = job.request as { dataset?: string; name?: string }
  switch (job.step) {
    case "train":
      return `/training/run/?id=${encodeURIComponent(job.id)}`
    case "probe":
    case "publish":
      return "/training/"
    case "pull":
    case "export_model":
      return "/settings/"
    default:
      return `/data-processing/?dataset=${encodeURIComponent(dataset ?? name ?? "")}`
  }
}
