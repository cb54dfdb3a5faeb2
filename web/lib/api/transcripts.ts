import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query"
import { api, errorOf, goToLogin, unwrap, type Schemas } from "./client"
import { useKnowTranscript, type Recording } from "./recordings"

/** What somebody wrote down of a recording. */
export type OwnTranscript = Schemas["OwnTranscript"]
type TranscriptBody = Schemas["TranscriptBody"]

const key = (id: string) => ["transcript", id] as const
const of = (recording_id: string) => ({ params: { path: { recording_id } } })

/** The transcript of a recording that says it has one. */
export function useTranscript({ id, has_transcript }: Recording) {
  return useQuery({
    queryKey: key(id),
    queryFn: async () => (await unwrap(api.GET("/api/data/recordings/{recording_id}/transcript", of(id)))).transcript,
    enabled: has_transcript,
  })
}

/** Sends a file as the transcript, in the place of an earlier one. */
export function useSendTranscript({ id }: Recording) {
  const client = useQueryClient()
  const know = useKnowTranscript(id)
  return useMutation({
    mutationFn: async (file: File): Promise<TranscriptBody> => {
      const form = new FormData()
      form.append("file", file, file.name)
      const answer = await fetch(`/api/data/recordings/${encodeURIComponent(id)}/transcript`, { method: "PUT", body: form })
      const told: unknown = await answer.json().catch(() => undefined)
      if (answer.status === 401) goToLogin()
      if (!answer.ok) throw errorOf(told, answer.status)
      return told as TranscriptBody
    },
    onSuccess: ({ transcript }) => {
      client.setQueryData(key(id), transcript)
      know(true)
    },
  })
}

export function useRemoveTranscript({ id }: Recording) {
  const client = useQueryClient()
  const know = useKnowTranscript(id)
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/data/recordings/{recording_id}/transcript", of(id))),
    onSuccess: () => {
      know(false)
      client.removeQueries({ queryKey: key(id) })
    },
  })
}
