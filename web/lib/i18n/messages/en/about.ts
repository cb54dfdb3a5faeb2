export const words = {
  title: "About",
  version: "XTTS Studio {version}",
  licences: "XTTS Studio is free software under the MIT licence. The weights of XTTS v2, and what is made from them, are under the CPML: for non-commercial use.",
  diagnostics: "Diagnostics",
  diagnosticsHint: "To send along with a report. It has no names, paths or keys.",
}
