/** What one command of `loa` is. A command translates: it parses words, calls one function of the App, shapes the answer. */
import type { App } from "../app.ts"

export type Lang = "vi" | "en"
export type Text = Record<Lang, string>

export interface Option {
  type: "string" | "boolean"
  /** Name of the value in the help, e.g. "ID". */
  value?: string
  help: Text
  /** Allowed values. */
  choices?: readonly string[]
  /** A comma list of these. */
  list?: readonly string[]
  /** A whole number, least and most. */
  whole?: readonly [min: number, max: number]
  /** A day, YYYY-MM-DD. */
  day?: true
  /** Must be given; `filled`: and not be blank; a list: unless one of these options is given. */
  required?: true | "filled" | readonly string[]
}

export interface Command {
  /** As typed, e.g. "check-name" or "registry apply". */
  name: string
  summary: Text
  /** Positional words: "ID" one, "ID…" one or more, "[ID]" none or one; none when left out. */
  positionals?: string
  /** Allowed positional words. */
  choices?: readonly string[]
  options?: Record<string, Option>
  run(context: CommandContext): Promise<CommandResult>
}

export interface CommandContext {
  values: Record<string, string | boolean | undefined>
  positionals: string[]
  lang: Lang
  json: boolean
  /** Folder the user typed the command in; relative file names start here. */
  cwd: string
  /** Opened on first use; commands that judge texts alone never open the database. */
  app: App
  stdin(): Promise<string>
  /** One line of progress on stderr. */
  progress(line: string): void
  signal: AbortSignal
}

/** 0 done; 1 done, but something needs a person; 2 wrong use or configuration; 3 something broke. */
export interface CommandResult {
  exit?: 0 | 1 | 2 | 3
  /** The one JSON document of `--json`. */
  json: unknown
  /** What a person reads. */
  text: string
}
