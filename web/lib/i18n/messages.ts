import * as common from "./messages/common"
import * as data from "./messages/data"
import * as datasets from "./messages/datasets"
import * as inference from "./messages/inference"
import * as keys from "./messages/keys"
import * as login from "./messages/login"
import * as nav from "./messages/nav"
import * as settings from "./messages/settings"
import * as training from "./messages/training"
import * as voices from "./messages/voices"

export const en = {
  common: common.en, nav: nav.en, login: login.en, data: data.en, datasets: datasets.en,
  training: training.en, inference: inference.en, voices: voices.en, settings: settings.en, keys: keys.en,
}

export const ru: typeof en = {
  common: common.ru, nav: nav.ru, login: login.ru, data: data.ru, datasets: datasets.ru,
  training: training.ru, inference: inference.ru, voices: voices.ru, settings: settings.ru, keys: keys.ru,
}
