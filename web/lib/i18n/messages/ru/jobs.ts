import type { words as en } from "../en/jobs"

export const words: typeof en = {
  title: "Задачи",
  about: "Что делается в фоне. Работа идёт дальше, и когда вы уходите со страницы.",
  none: "Задач пока нет",
  noneAbout: "Нарезка, расшифровка, обучение и загрузки видны здесь, пока они идут.",
  running: "Выполняются · {n}",
  queued: "Ждут · {n}",
  unfinished: "Не закончены · {n}",
  ended: "Завершены · {n}",
  retry: "Повторить",
  waiting: "{n, plural, one {, # ждёт} few {, # ждут} many {, # ждут} other {, # ждут}}",
  onlyWaiting: "{n, plural, one {# задача ждёт} few {# задачи ждут} many {# задач ждут} other {# задачи ждут}}",
  cpu: "Процессор, без GPU",
  openKeys: "Все задачи (G J)",
}
