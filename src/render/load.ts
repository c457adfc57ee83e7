/** Template files of a folder with the built-in ones behind them. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { InvalidInputError, type Mistake } from "../base/errors.ts"
import { parseTemplate, type Names, type Template } from "./template.ts"

/** Loads `dir/<file>` for every file named, from `builtin` where it is missing; all mistakes at once. */
export function loadTemplates<File extends string>(dir: string, builtin: string, files: Record<File, Names>): Record<File, Template> {
  const mistakes: Mistake[] = []
  const loaded: Partial<Record<File, Template>> = {}
  for (const [file, names] of Object.entries(files) as [File, Names][]) {
    const own = join(dir, file)
    try {
      loaded[file] = parseTemplate(file, readFileSync(existsSync(own) ? own : join(builtin, file), "utf8"), names)
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error
      mistakes.push(...error.mistakes)
    }
  }
  if (mistakes.length) throw new InvalidInputError("templates", mistakes)
  return loaded as Record<File, Template>
}
