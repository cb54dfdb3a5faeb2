"use client"
import { AudioLinesIcon, Loader2Icon } from "lucide-react"
import { useState } from "react"
import { useTranslations } from "use-intl"
import { Problem } from "@/components/problem"
import { Button } from "@/components/ui/button"
import { Card, CardContent } from "@/components/ui/card"
import { Input } from "@/components/ui/input"
import { Label } from "@/components/ui/label"
import { signIn } from "@/lib/api/auth"

const HOME = "/data-processing/"

/** Where to go after the login: only a path of this site is a legal place. */
export function safeNext(raw: string | null) {
  return raw && raw.startsWith("/") && !raw.startsWith("//") && !raw.includes("\\") ? raw : HOME
}

export function LoginForm() {
  const t = useTranslations("login")
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)

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
              <Problem error={error} />
              <Button className="w-full" disabled={busy}>{busy && <Loader2Icon className="animate-spin" />}{t("submit")}</Button>
            </form>
          </CardContent>
        </Card>
      </div>
    </main>
  )
}
