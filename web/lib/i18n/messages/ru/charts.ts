import type { words as en } from "../en/charts"

export const words: typeof en = {
  tools: "Графики",
  smoothing: "Сглаживание",
  zoomIn: "Приблизить",
  zoomOut: "Отдалить",
  earlier: "К более ранним шагам",
  later: "К более поздним шагам",
  allSteps: "Все шаги",
  inView: "шаги с {from} по {to}",
  atStep: "шаг {step}",
  step: "Шаг",
  log: "Логарифм",
  table: "Таблица",
  tableOf: "Числа: {title}",
  chosen: "{n} из {total} шагов, выбраны равномерно",
  memory: "Память, ГБ",
  noPoints: "Появится с первым шагом",
  summary: "{title}: {values}",
  empty: "{title}: измерений пока нет",
}
