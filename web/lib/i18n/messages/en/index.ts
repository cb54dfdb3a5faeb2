import { words as about } from "./about"
import { words as auditions } from "./auditions"
import { words as charts } from "./charts"
import { words as common } from "./common"
import { words as compare } from "./compare"
import { words as compute } from "./compute"
import { words as data } from "./data"
import { words as datasets } from "./datasets"
import { words as exports } from "./exports"
import { words as first } from "./first"
import { words as inference } from "./inference"
import { words as jobs } from "./jobs"
import { words as keys } from "./keys"
import { words as login } from "./login"
import { words as nav } from "./nav"
import { words as recipe } from "./recipe"
import { words as settings } from "./settings"
import { words as shell } from "./shell"
import { words as storage } from "./storage"
import { words as takes } from "./takes"
import { words as training } from "./training"
import { words as voices } from "./voices"

/** Every text of the page, by feature. */
export const en = {
  about,
  common,
  compute,
  nav,
  login,
  data,
  datasets,
  recipe,
  auditions,
  exports,
  charts,
  compare,
  training,
  inference,
  voices,
  settings,
  keys,
  jobs,
  shell,
  first,
  takes,
  storage,
}
