import type { words as en } from "../en/compare"

export const words: typeof en = {
  title: "Сравнение запусков",
  action: "Сравнить {n, plural, one {# запуск} few {# запуска} many {# запусков} other {# запуска}}",
  chooseTwo: "Выберите два запуска или больше, чтобы сравнить их",
  choose: "Сравнить запуск {name}",
  none: "Сравнивать нечего",
  noneHint: "Отметьте в списке запусков два или больше и нажмите «Сравнить».",
  evalLoss: "Потери на проверке",
  differences: "Чем отличаются",
  what: "Что",
  bestScore: "Лучшая оценка",
  bestStep: "Лучший шаг",
  steps: "Шаги",
  lastLoss: "Последние потери",
  lastEvalLoss: "Последние потери на проверке",
  sameSettings: "Все настройки одинаковы.",
}
