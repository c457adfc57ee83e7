/** A failure with a code and facts; the reader's Vietnamese words are found by code at the edge (cli, web). */
export class AppError extends Error {
  override name = "AppError"
  constructor(
    readonly code: string,
    message: string,
    readonly facts: Record<string, unknown> = {},
  ) {
    super(message)
  }
}

/** Wrong use or configuration: the CLI answers with exit code 2, HTTP with 400. */
export class UsageError extends AppError {
  override name = "UsageError"
}

export class NotFoundError extends AppError {
  override name = "NotFoundError"
  constructor(kind: string, id: string) {
    super(`${kind}_not_found`, `${kind} "${id}" does not exist`, { id })
  }
}

/** One mistake in something people wrote: where, what was found, what is expected. Collected, never thrown one by one. */
export interface Mistake {
  /** File, row or variable. */
  file: string
  /** Unit, account or entry, when there is one. */
  entry?: string
  field: string
  found: string
  expected: string
}

export class InvalidInputError extends UsageError {
  override name = "InvalidInputError"
  constructor(
    what: string,
    readonly mistakes: Mistake[],
  ) {
    super("invalid_input", `${what}: ${mistakes.length} mistake(s)\n${mistakes.map(mistakeLine).join("\n")}`, { mistakes })
  }
}

export const mistakeLine = (m: Mistake) =>
  `${m.file}${m.entry ? ` · ${m.entry}` : ""} · ${m.field}: ${m.found} (${m.expected})`

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
