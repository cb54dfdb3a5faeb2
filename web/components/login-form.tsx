"use client"
import { AudioLinesIcon, LanguagesIcon, Loader2Icon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent } from "@/components/ui/card"
import { Input } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import { useSecondsUntil } from "@/hooks/use-seconds-until"
import { signIn } from "@/lib/api/auth"
import { ApiError } from "@/lib/api/client"
import { setLocale, useLocaleName } from "@/lib/i18n/provider"
import { clock } from "@/lib/utils"

const HOME = "/data-processing/"

/** Where to go after the login: only a path of this site is a legal place. */
export function safeNext(raw: string | null) {
  return raw && raw.startsWith("/") && !raw.startsWith("//") && !raw.includes("\\") ? raw : HOME
}

export function LoginForm() {
  const t = useTranslations("login")
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const [closedUntil, setClosedUntil] = useState(0)
  const seconds = useSecondsUntil(closedUntil)

  async function submit(event: React.FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    setError(null)
    try {
      await signIn(String(form.get("username")), String(form.get("password")))
      location.assign(safeNext(new URLSearchParams(location.search).get("next")))
    } catch (thrown) {
      setError(thrown)
      setClosedUntil(openAgainAt(thrown))
      setBusy(false)
    }
  }

  return (
    <main className="grid min-h-svh place-items-center bg-sidebar p-5">
      <div className="w-full max-w-sm space-y-6">
        <div className="flex flex-col items-center gap-3 text-center">
          <span className="grid size-11 place-items-center rounded-xl bg-primary text-primary-foreground"><AudioLinesIcon className="size-6" aria-hidden /></span>
          <h1 className="text-xl font-semibold tracking-tight">{t("title")}</h1>
        </div>
        <Card>
          <CardContent>
            <form onSubmit={(e) => void submit(e)} className="space-y-4">
              <div className="space-y-2">
                <Label htmlFor="username">{t("user")}</Label>
                <Input id="username" name="username" autoComplete="username" required autoFocus />
              </div>
              <div className="space-y-2">
                <Label htmlFor="password">{t("password")}</Label>
                <Input id="password" name="password" type="password" autoComplete="current-password" required aria-invalid={!!error} />
              </div>
              {(seconds > 0 || !closedUntil) && <Problem error={error} />}
              <Button className="w-full tabular-nums" disabled={busy || seconds > 0}>
                {busy && <Loader2Icon className="animate-spin" />}
                {seconds > 0 ? t("closedFor", { time: clock(seconds) }) : t("submit")}
              </Button>
            </form>
          </CardContent>
        </Card>
        <OtherLanguage />
      </div>
    </main>
  )
}

/** When a login that is closed opens again (ms since 1970); 0 for any other error. */
function openAgainAt(error: unknown): number {
  const wait_s = error instanceof ApiError ? Number(error.details.retry_after_s) : NaN
  return wait_s > 0 ? Date.now() + wait_s * 1000 : 0
}

function OtherLanguage() {
  const t = useTranslations("shell")
  const other = useLocaleName() === "en" ? "ru" : "en"
  return (
    <p className="text-center">
      <Button type="button" variant="ghost" size="sm" lang={other} className="text-muted-foreground" onClick={() => setLocale(other)}><LanguagesIcon aria-hidden /> {t("otherLanguage")}</Button>
    </p>
  )
}
