import { useTranslations } from "use-intl"
import { signOut } from "@/lib/api/auth"

/** Leaves; where nobody answers, that is told, since one is still signed in. */
export function useSignOut() {
  const t = useTranslations("common")
  return () => void signOut().catch(async () => (await import("sonner")).toast.error(t("unreachable")))
}
