export const en = {}
export const ru: typeof en = {}
