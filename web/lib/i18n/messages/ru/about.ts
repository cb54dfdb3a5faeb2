import type { words as en } from "../en/about"

export const words: typeof en = {
  title: "О программе",
  version: "XTTS Studio {version}",
  licences: "XTTS Studio — свободная программа под лицензией MIT. Веса XTTS v2 и всё сделанное из них — под CPML: для некоммерческого использования.",
  diagnostics: "Сведения для отчёта",
  diagnosticsHint: "Приложите к сообщению об ошибке. В них нет имён, путей и ключей.",
}
