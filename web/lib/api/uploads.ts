import { useQuery, useQueryClient } from "@tanstack/react-query"
import { api, ApiError, errorOf, goToLogin, unwrap, type Schemas } from "./client"

/** A file on its way: how much of it lies on the server. */
export type Upload = Schemas["Upload"]

const LIST = ["uploads"] as const
const MOST = 1000

/** Uploads that began and have not ended, of this page and of others. */
export function useStartedUploads() {
  return useQuery({
    queryKey: LIST,
    queryFn: async () => (await unwrap(api.GET("/api/data/uploads", { params: { query: { limit: MOST } } }))).uploads,
  })
}

export function useRefreshUploads() {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: LIST })
}

const of = (id: string) => ({ params: { path: { upload_id: id } } })

/** The functions below throw `ApiError`, with the status 0 where nobody answers. */
export const startUpload = async (file: File) =>
  (await heard(unwrap(api.POST("/api/data/uploads", { body: { name: file.name, size_bytes: file.size } })))).upload

/** Null if the server knows of no such upload. */
export const getUpload = (id: string, signal: AbortSignal) =>
  heard(unwrap(api.GET("/api/data/uploads/{upload_id}", { ...of(id), signal }))).then(
    ({ upload }) => upload,
    (error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return null
      throw error
    },
  )

/** Makes a recording of all that was sent; asked again, gives the same one. Refuses a file with the server's reason. */
export const finishUpload = async (id: string, signal: AbortSignal) =>
  (await heard(unwrap(api.POST("/api/data/uploads/{upload_id}/finish", { ...of(id), signal })))).recording

export const removeUpload = (id: string) => heard(unwrap(api.DELETE("/api/data/uploads/{upload_id}", of(id))))

const noAnswer = () => new ApiError("", "", "network", 0)

const heard = <T>(answer: Promise<T>) => answer.catch((error: unknown) => {
  throw error instanceof TypeError ? noAnswer() : error // what fetch says of a network that is gone
})

/**
 * Sends a part of a file; `onSent` hears of the bytes that are gone. By XMLHttpRequest, since fetch tells nothing of an
 * upload. Throws `ApiError` with the status 409 where the server has another number of bytes than `offset`.
 */
export function sendPart(id: string, offset: number, part: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const stop = () => request.abort()
    request.open("PATCH", `/api/data/uploads/${encodeURIComponent(id)}?offset=${offset}`)
    request.setRequestHeader("Content-Type", "application/octet-stream")
    request.responseType = "json"
    request.upload.onprogress = (event) => onSent(event.loaded)
    request.onerror = () => reject(noAnswer())
    request.onabort = () => reject(new DOMException("", "AbortError"))
    request.onloadend = () => signal.removeEventListener("abort", stop)
    request.onload = () => {
      const body = request.response as Schemas["UploadBody"] | null
      if (request.status < 300 && body) return resolve(body.upload)
      if (request.status === 401) goToLogin()
      reject(errorOf(body, request.status))
    }
    signal.addEventListener("abort", stop)
    request.send(part)
  })
}
