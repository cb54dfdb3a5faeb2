const RATE_HZ = 24_000
const PEAK_SAMPLES = 1200 // 50 ms
const KEPT_S = 900 // of longer speech the beginning is kept

/** What has arrived of a speech: 16-bit mono PCM at 24 kHz, its outline, and the sound itself for when no more comes. */
export class Arrived {
  bytes = 0
  lengthS = 0
  /** The loudest sample of every 50 ms, from 0 to 1. */
  readonly peaks: number[] = []
  private readonly kept: Int16Array<ArrayBuffer>[] = []
  private keptS = 0
  private halfSample: number | null = null // a piece may end between the bytes of one
  private samples = 0

  /** Adds a piece; gives its samples. */
  push(bytes: Uint8Array) {
    const samples = this.samplesOf(bytes)
    this.bytes += bytes.length
    this.lengthS += samples.length / RATE_HZ
    if (this.keptS < KEPT_S) {
      this.kept.push(samples)
      this.keptS += samples.length / RATE_HZ
    }
    this.draw(samples)
    return samples
  }

  /** What was kept, as a WAV file. */
  file() {
    const bytes = this.kept.reduce((sum, samples) => sum + samples.byteLength, 0)
    return new Blob([header(bytes), ...this.kept], { type: "audio/wav" })
  }

  private samplesOf(bytes: Uint8Array) {
    const carried = this.halfSample === null ? 0 : 1
    const whole = new Uint8Array(bytes.length + carried)
    if (this.halfSample !== null) whole[0] = this.halfSample
    whole.set(bytes, carried)
    this.halfSample = whole.length % 2 ? whole[whole.length - 1]! : null
    return new Int16Array(whole.buffer, 0, whole.length >> 1)
  }

  private draw(samples: Int16Array) {
    for (const sample of samples) {
      const at = Math.floor(this.samples / PEAK_SAMPLES)
      this.peaks[at] = Math.max(this.peaks[at] ?? 0, Math.abs(sample) / 32768)
      this.samples += 1
    }
  }
}

/** Of a WAV file of this many bytes of samples. */
function header(bytes: number) {
  const view = new DataView(new ArrayBuffer(44))
  const words = { 0: "RIFF", 8: "WAVE", 12: "fmt ", 36: "data" }
  for (const [at, word] of Object.entries(words)) [...word].forEach((letter, n) => view.setUint8(Number(at) + n, letter.charCodeAt(0)))
  const long = { 4: 36 + bytes, 16: 16, 24: RATE_HZ, 28: 2 * RATE_HZ, 40: bytes }
  for (const [at, value] of Object.entries(long)) view.setUint32(Number(at), value, true)
  const short = { 20: 1, 22: 1, 32: 2, 34: 16 }
  for (const [at, value] of Object.entries(short)) view.setUint16(Number(at), value, true)
  return view
}
