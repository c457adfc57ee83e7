/** The shell's side of Loa: finds the command, runs it, prints what it answers and turns errors into words and exit codes. */
import { AppError, InvalidInputError, messageOf, NotFoundError, UsageError } from "../base/errors.ts"
import { redact } from "../base/log.ts"
import type { Command, CommandContext, CommandResult, Lang } from "./command.ts"
import { commandsOf } from "./commands.ts"
import { errorWords } from "./error-words.ts"
import { findCommand, helpOf, helpOfAll, parseWords } from "./parse.ts"

export interface Shell {
  out(text: string): void
  err(text: string): void
  stdin(): Promise<string>
  cwd: string
  signal: AbortSignal
}

/** Runs one command line; answers the exit code of interface.md section 3. `openApp` is called when a command first needs the App. */
export async function runCli(words: string[], shell: Shell, openApp: () => CommandContext["app"]): Promise<number> {
  const lang: Lang = words.some((word, i) => word === "--lang=en" || (word === "--lang" && words[i + 1] === "en")) ? "en" : "vi"
  const json = words.includes("--json")
  const help = words.includes("--help") || words.includes("-h")
  try {
    const commands = await commandsOf(words.find((word) => !word.startsWith("-")))
    const found = findCommand(commands, words)
    if (!found) {
      const wanted = words.filter((word) => !word.startsWith("-")).join(" ")
      if (help || !wanted) {
        const group = commands.filter((command) => wanted && command.name.startsWith(`${wanted} `))
        shell.out(helpOfAll(group.length ? group : commands, lang))
        return wanted || help ? 0 : 2
      }
      const near = commands.filter((command) => command.name.split(" ")[0] === wanted.split(" ")[0])
      if (!json && near.some((command) => command.name.startsWith(`${wanted} `))) {
        shell.err(helpOfAll(near, lang))
        return 2
      }
      throw new UsageError("unknown_command", `"${wanted}": ${near.length ? near.map((c) => `loa ${c.name}`).join(", ") : "loa --help"}`)
    }
    if (help) {
      shell.out(helpOf(found.command, lang))
      return 0
    }
    const parsed = parseWords(found.command, found.rest, lang)
    const result = await run(found.command, parsed, shell, lang, json, openApp)
    // A command that runs until it is stopped printed its document itself and answers undefined.
    if (json) result.json !== undefined && shell.out(JSON.stringify(result.json, null, 2))
    else if (result.text) shell.out(result.text)
    return result.exit ?? 0
  } catch (error) {
    return fail(error, shell, lang, json)
  }
}

function run(
  command: Command,
  parsed: { values: CommandContext["values"]; positionals: string[] },
  shell: Shell,
  lang: Lang,
  json: boolean,
  openApp: () => CommandContext["app"],
): Promise<CommandResult> {
  let app: CommandContext["app"] | undefined
  return command.run({
    values: parsed.values,
    positionals: parsed.positionals,
    lang,
    json,
    cwd: shell.cwd,
    get app() {
      return (app ??= openApp())
    },
    stdin: shell.stdin,
    progress: (line) => shell.err(line),
    signal: shell.signal,
  })
}

function fail(error: unknown, shell: Shell, lang: Lang, json: boolean): number {
  const usage = error instanceof UsageError || error instanceof NotFoundError
  const code = error instanceof AppError ? error.code : "internal"
  const message = redact(messageOf(error))
  if (json) {
    const mistakes = error instanceof InvalidInputError ? { mistakes: error.mistakes } : {}
    const cause = error instanceof AppError && typeof error.facts.code === "string" ? { cause: error.facts.code } : {}
    shell.out(JSON.stringify({ error: { code, message, ...cause, ...mistakes } }, null, 2))
  }
  shell.err(errorWords(error, lang))
  if (!usage && process.env.LOA_LOG === "debug" && error instanceof Error) shell.err(redact(error.stack ?? ""))
  return usage ? 2 : 3
}
