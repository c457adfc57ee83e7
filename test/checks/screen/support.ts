import { join } from "node:path"
import { createScreen, loadLexicon, type ScreenItem } from "../../../src/checks/screen/index.ts"

export const lexiconDir = join(import.meta.dir, "../../../accounts/lexicon")
export const lexicon = loadLexicon(lexiconDir)
export const { screen } = createScreen(lexicon)

export const host = "kinhbac.bacninh.gov.vn"
export const own = `https://${host}/news/-/details/1`
/** An item with defaults: a harmless notice with a link to itself. */
export const item = (fields: Partial<ScreenItem> = {}): ScreenItem => ({ source: { unit: "phuong-kinh-bac", feed_host: host }, title: "Lịch tiếp công dân tháng 12", summary: "UBND phường Kinh Bắc thông báo lịch tiếp công dân.", links: [own], ...fields })
export const rank = { allow: 0, hold: 1, block: 2 }
