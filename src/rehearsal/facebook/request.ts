/** Reading a Graph request: parameters of query and body in all three encodings, and the `fields` language. */
import { invalid } from "./errors.ts"

/** Query and body parameters in one map; nested values of form encodings stay the JSON texts they are. */
export async function readParameters(request: Request, url: URL): Promise<Map<string, unknown>> {
  const parameters = new Map<string, unknown>()
  for (const [name, value] of url.searchParams) parameters.set(name, value)
  if (request.method === "GET" || request.method === "DELETE") return parameters
  const type = request.headers.get("content-type") ?? ""
  if (type.startsWith("application/json")) {
    const text = await request.text()
    if (text) for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>)) parameters.set(name, value)
  } else if (type.startsWith("multipart/form-data")) {
    for (const [name, value] of await request.formData()) parameters.set(name, value)
  } else {
    for (const [name, value] of new URLSearchParams(await request.text())) parameters.set(name, value)
  }
  return parameters
}

export const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
export const isFalse = (value: unknown) => value === false || value === "false" || value === "0" || value === 0

/** `attached_media` as a JSON list, as one JSON text, or as `attached_media[0]=…`. */
export function attachedMedia(parameters: Map<string, unknown>): string[] {
  const parse = (value: unknown) => (typeof value === "string" ? (JSON.parse(value) as unknown) : value)
  const whole = parse(parameters.get("attached_media"))
  const entries = Array.isArray(whole)
    ? whole.map(parse)
    : [...parameters].filter(([name]) => /^attached_media\[\d+\]$/.test(name)).map(([, value]) => parse(value))
  return entries.map((entry) => {
    const id = (entry as { media_fbid?: unknown }).media_fbid
    if (typeof id !== "string" || !id) throw invalid("Param attached_media[0] must be a valid media")
    return id
  })
}

export interface Field {
  name: string
  sub: Field[]
}
/** `id,cover{id,source},picture.width(720){url}` as a tree; modifiers are dropped. */
export function parseFields(source: string): Field[] {
  let at = 0
  function list(): Field[] {
    const fields: Field[] = []
    while (at < source.length && source[at] !== "}") {
      let name = ""
      while (at < source.length && !",{}.(".includes(source[at]!)) name += source[at++]
      while (source[at] === "." || source[at] === "(") {
        while (at < source.length && source[at] !== "(") at++
        while (at < source.length && source[at] !== ")") at++
        at++
      }
      let sub: Field[] = []
      if (source[at] === "{") {
        at++
        sub = list()
        at++
      }
      if (name.trim()) fields.push({ name: name.trim(), sub })
      if (source[at] === ",") at++
      else if (source[at] !== "}" && at < source.length) at++
    }
    return fields
  }
  return list()
}

/** The asked fields of an object: the id always, empty fields left out, unknown names refused as the network does. */
export function project(whole: Record<string, unknown>, fields: Field[], defaults: string[]): Record<string, unknown> {
  const wanted = fields.length ? fields : defaults.map((name) => ({ name, sub: [] }))
  const out: Record<string, unknown> = {}
  for (const field of [...wanted, { name: "id", sub: [] }]) {
    if (!(field.name in whole)) throw invalid(`Tried accessing nonexisting field (${field.name})`)
    const value = whole[field.name]
    if (value === undefined || value === "" || (Array.isArray(value) && !value.length)) continue
    out[field.name] = value
  }
  return out
}
