import createClient, { type Middleware } from "openapi-fetch"
import type { components, paths } from "./schema"

export type Schemas = components["schemas"]

/** What the server says went wrong: a sentence, and what to do about it. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    readonly code: string,
    readonly status: number,
    readonly details: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

const toLogin: Middleware = {
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== "/api/auth/login") goToLogin()
  },
}

let signingOut = false

/** Ends the login by `ask` and leaves. What is refused for want of a login meanwhile doesn't ask to come back here. */
export async function leaveBy(ask: () => Promise<unknown>) {
  signingOut = true
  try {
    await ask()
  } catch (error) {
    signingOut = false
    throw error
  }
  location.assign("/login/")
}

export function goToLogin() {
  if (signingOut) return
  const next = encodeURIComponent(location.pathname + location.search)
  location.assign(`/login/?next=${next}`)
}

export const api = createClient<paths>({ credentials: "same-origin" })
api.use(toLogin)

/** The error in a body of the server's one shape; anything else gives a plain one. */
export function errorOf(body: unknown, status: number): ApiError {
  const error = (body as { error?: Partial<Schemas["ErrorBody"]> } | undefined)?.error
  return new ApiError(error?.message ?? `HTTP ${status}`, error?.hint ?? "", error?.code ?? "internal", status, error?.details)
}

/** The data of an answer; throws `ApiError` for any other than 2xx. */
export async function unwrap<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw errorOf(error, response.status)
  return data as T
}
