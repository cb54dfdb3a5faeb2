import { CircleCheckIcon, CircleDashedIcon } from "lucide-react"
import { useTranslations } from "use-intl"

type Props = { done: boolean; title: string; about: string; below?: React.ReactNode; children?: React.ReactNode }

/** One thing that a studio needs: whether it is here, what it is for, and the button that gets it. */
export function FirstStep({ done, title, about, below, children }: Props) {
  const t = useTranslations("first")
  const Icon = done ? CircleCheckIcon : CircleDashedIcon
  return (
    <li className="space-y-2 py-3 first:pt-0 last:pb-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Icon className={done ? "size-5 text-success" : "size-5 text-muted-foreground"} aria-label={t(done ? "here" : "missing")} role="img" />
        <div className="min-w-0 flex-1 basis-64">
          <p className="text-sm font-medium">{title}</p>
          <p className="text-[13px] text-muted-foreground">{about}</p>
        </div>
        {children}
      </div>
      {below}
    </li>
  )
}
