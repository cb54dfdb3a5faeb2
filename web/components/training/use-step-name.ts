import { useTranslations } from "use-intl"

/** What a checkpoint is called; step 0 is the model that training began with. */
export function useStepName() {
  const t = useTranslations("auditions")
  return (step: number) => (step ? t("step", { step }) : t("base"))
}
