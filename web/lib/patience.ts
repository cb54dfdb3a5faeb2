import { ApiError } from "@/lib/api/client"

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 20_000
const PASSING = [0, 408, 429, 502, 503, 504] // nobody answers, or not now

/** Waits for a server that doesn't answer, each time longer; goes on at once when the network is back. */
export class Patience {
  private delay_ms = FIRST_DELAY_MS

  constructor(private readonly tell: (waiting: boolean) => void, private readonly signal: AbortSignal) {}

  /** Is it an error that passes? */
  static mends(error: unknown) {
    return error instanceof ApiError && PASSING.includes(error.status)
  }

  /** All is well again: the next delay is a short one. */
  restore() {
    this.delay_ms = FIRST_DELAY_MS
  }

  /** The answer, however long it takes. Throws what waiting can't mend. */
  async with<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        if (!Patience.mends(error)) throw error
        await this.wait(error)
      }
    }
  }

  /** Throws an AbortError when it is ended. */
  async wait(error: unknown) {
    const silent = Patience.mends(error)
    if (silent) this.tell(true)
    await this.nap()
    if (silent) this.tell(false)
  }

  private async nap() {
    const delay_ms = this.delay_ms
    this.delay_ms = Math.min(2 * delay_ms, LONGEST_DELAY_MS)
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        removeEventListener("online", wake)
        this.signal.removeEventListener("abort", wake)
        resolve()
      }
      const timer = setTimeout(wake, delay_ms)
      addEventListener("online", wake)
      this.signal.addEventListener("abort", wake)
    })
    this.signal.throwIfAborted()
  }
}
