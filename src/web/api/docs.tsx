/** `/api/docs`: the OpenAPI document as a page that people can read; rendered here, nothing is loaded from elsewhere. */
import { style } from "../style.ts"

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}
interface Schema {
  type?: string | string[]
  enum?: unknown[]
  format?: string
  minimum?: number
  maximum?: number
  maxLength?: number
  default?: unknown
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  anyOf?: Schema[]
  $ref?: string
}
interface Deed {
  tags?: string[]
  summary?: string
  description?: string
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema?: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>
}
export interface Doc {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Deed>>
  components?: { schemas?: Record<string, Schema> }
}

const nameOf = (ref: string) => ref.split("/").at(-1)!
function typeOf(schema: Schema | undefined): string {
  if (!schema) return ""
  if (schema.$ref) return nameOf(schema.$ref)
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ")
  if (schema.enum) return schema.enum.map(String).join(" | ")
  if (schema.items) return `${typeOf(schema.items)}[]`
  const range = schema.minimum !== undefined && schema.maximum !== undefined && schema.maximum < 1e6 ? ` ${schema.minimum}–${schema.maximum}` : ""
  const format = schema.format ? ` (${schema.format})` : ""
  const unless = schema.default === undefined ? "" : `, = ${String(schema.default)}`
  return `${[schema.type ?? "any"].flat().join(" | ")}${format}${range}${unless}`
}

export const DocsPage = ({ doc }: { doc: Doc }) => {
  const deeds = Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, deed]) => ({ path, method, deed, tag: deed.tags?.[0] ?? "" })),
  )
  const tags = [...new Set(deeds.map(({ tag }) => tag))]
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${doc.info.title} ${doc.info.version}`}</title>
        <link rel="stylesheet" href={style.path} />
        <link rel="icon" href="/static/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <div class="bar">
            <a class="brand" href="/">
              Loa<small>API</small>
            </a>
          </div>
        </header>
        <main id="main">
          <h1>{`${doc.info.title} ${doc.info.version}`}</h1>
          {(doc.info.description ?? "").split("\n\n").map((text) => (
            <p>{text}</p>
          ))}
          <p>
            <a href="/api/openapi.json">OpenAPI 3.1 (JSON)</a>
          </p>
          {tags.map((tag) => (
            <section>
              <h2>{tag}</h2>
              {deeds
                .filter((entry) => entry.tag === tag)
                .map(({ path, method, deed }) => (
                  <details class="card">
                    <summary>
                      <b>{method.toUpperCase()}</b> <code>{path}</code> – {deed.summary}
                    </summary>
                    <Deed deed={deed} />
                  </details>
                ))}
            </section>
          ))}
          <section>
            <h2>Shapes</h2>
            {Object.entries(doc.components?.schemas ?? {}).map(([name, schema]) => (
              <details class="card" id={name}>
                <summary>{name}</summary>
                <Fields schema={schema} />
              </details>
            ))}
          </section>
        </main>
      </body>
    </html>
  )
}

const Deed = ({ deed }: { deed: Deed }) => {
  const body = Object.values(deed.requestBody?.content ?? {})[0]?.schema
  return (
    <>
      <p>{deed.security?.length ? (deed.description ?? "").replaceAll("`", "") : "Public: no key needed."}</p>
      {deed.parameters?.length ? (
        <>
          <h3>Parameters</h3>
          <table>
            <thead>
              <tr>
                <th>Name</th>
                <th>In</th>
                <th>Type</th>
                <th>Meaning</th>
              </tr>
            </thead>
            <tbody>
              {deed.parameters.map((one) => (
                <tr>
                  <td>{`${one.name}${one.required ? " *" : ""}`}</td>
                  <td>{one.in}</td>
                  <td>{typeOf(one.schema)}</td>
                  <td>{one.description ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : null}
      {body?.properties && Object.keys(body.properties).length ? (
        <>
          <h3>Body</h3>
          <Fields schema={body} />
        </>
      ) : null}
      <h3>Answers</h3>
      <ul>
        {Object.entries(deed.responses).map(([status, answer]) => {
          const schema = Object.values(answer.content ?? {})[0]?.schema
          return (
            <li>
              <b>{status}</b> {answer.description}
              {schema?.$ref ? (
                <>
                  {" – "}
                  <a href={`#${nameOf(schema.$ref)}`}>{nameOf(schema.$ref)}</a>
                </>
              ) : null}
            </li>
          )
        })}
      </ul>
    </>
  )
}

const Fields = ({ schema }: { schema: Schema }) => (
  <table>
    <thead>
      <tr>
        <th>Field</th>
        <th>Type</th>
      </tr>
    </thead>
    <tbody>
      {Object.entries(schema.properties ?? {}).map(([name, field]) => (
        <tr>
          <td>{`${name}${schema.required?.includes(name) ? " *" : ""}`}</td>
          <td>{typeOf(field)}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
