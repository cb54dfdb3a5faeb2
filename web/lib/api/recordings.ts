import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, errorOf, unwrap, type Schemas } from "./client"

export type Recording = Schemas["Recording"]

const LIST = ["recordings"] as const
const MOST = 1000
const PAIRS_PER_S = 100
export const MOST_PAIRS = 100_000

const path = (id: string) => `/api/data/recordings/${encodeURIComponent(id)}`

export const recordingAudio = (id: string) => `${path(id)}/audio`

export function useRecordings() {
  return useQuery({
    queryKey: LIST,
    queryFn: async () => (await unwrap(api.GET("/api/data/recordings", { params: { query: { limit: MOST } } }))).recordings,
  })
}

/** Makes the list know a recording that has just arrived, without asking for the list again. */
export function useAddRecording() {
  const client = useQueryClient()
  return (recording: Recording) =>
    client.setQueryData<Recording[]>(LIST, (list = []) => (list.some((one) => one.id === recording.id) ? list : [recording, ...list]))
}

/** Our own recording, to try the studio with. */
export function useAddSample() {
  const know = useAddRecording()
  return useMutation({
    mutationFn: async () => (await unwrap(api.POST("/api/data/sample"))).recording,
    onSuccess: (recording) => void know(recording),
  })
}

/** Makes the list know whether a recording has a transcript of its own. */
export function useKnowTranscript(id: string) {
  const client = useQueryClient()
  return (has_transcript: boolean) =>
    client.setQueryData<Recording[]>(LIST, (list) => list?.map((one) => (one.id === id ? { ...one, has_transcript } : one)))
}

export function useDeleteRecording() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/data/recordings/{recording_id}", { params: { path: { recording_id: id } } })),
    onMutate: async (id) => {
      await client.cancelQueries({ queryKey: LIST })
      const before = client.getQueryData<Recording[]>(LIST)
      client.setQueryData<Recording[]>(LIST, (list) => list?.filter((one) => one.id !== id))
      return { before }
    },
    onError: (_error, _id, context) => client.setQueryData(LIST, context?.before),
    onSettled: () => client.invalidateQueries({ queryKey: LIST }),
  })
}

/** The outline of a recording as wavesurfer draws it: the highs, and the lows, from -1 to 1. */
export type Peaks = [Float32Array, Float32Array]

/** One request's worth: 100 pairs a second up to about 17 minutes, fewer beyond. */
export const overview = (id: string, duration_s: number) => readPeaks(id, 0, duration_s)

export const isOverviewComplete = (duration_s: number) => duration_s * PAIRS_PER_S <= MOST_PAIRS

/** All the pairs there are, in as many requests as it takes. */
export async function allPeaks(id: string, duration_s: number): Promise<Peaks> {
  const span_s = MOST_PAIRS / PAIRS_PER_S
  const parts: Peaks[] = []
  for (let start_s = 0; start_s < duration_s; start_s += span_s) {
    parts.push(await readPeaks(id, start_s, Math.min(start_s + span_s, duration_s)))
  }
  return [joined(parts.map((part) => part[0])), joined(parts.map((part) => part[1]))]
}

async function readPeaks(id: string, start_s: number, end_s: number): Promise<Peaks> {
  const query = new URLSearchParams({ start_s: String(start_s), end_s: String(end_s), buckets: String(MOST_PAIRS) })
  const answer = await fetch(`${path(id)}/peaks?${query}`)
  if (!answer.ok) throw errorOf(await answer.json().catch(() => undefined), answer.status)
  const pairs = new Int8Array(await answer.arrayBuffer()) // low, high, low, high …
  const every = (offset: number) => Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + offset]! / 128)
  return [every(1), every(0)]
}

function joined(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
