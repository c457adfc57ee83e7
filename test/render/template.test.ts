import { expect, test } from "bun:test"
import { InvalidInputError } from "../../src/base/errors.ts"
import { parseTemplate, renderText } from "../../src/render/index.ts"

const render = (source: string, names: string[], data: Parameters<typeof renderText>[1]) => renderText(parseTemplate("t.txt", source, names), data)

test("values, conditions, lists and remarks; a line with only a tag leaves no empty line", () => {
  const source = "{{! ghi chú }}\nKính gửi {{name}}\n{{#if urgent}}\nKHẨN\n{{else}}\nthường\n{{/if}}\n{{#each items}}\n- {{title}} ({{name}})\n{{/each}}\nHết"
  const names = ["name", "urgent", "items.title"]
  expect(render(source, names, { name: "A", urgent: true, items: [{ title: "một" }, { title: "hai" }] })).toBe("Kính gửi A\nKHẨN\n- một (A)\n- hai (A)\nHết")
  expect(render(source, names, { name: "A", urgent: "", items: [] })).toBe("Kính gửi A\nthường\nHết")
})

test("a value is never read as template, and escapes only where asked", () => {
  const template = parseTemplate("t", "<b>{{a}}</b>", ["a", "b"])
  expect(renderText(template, { a: "{{b}}", b: "x" })).toBe("<b>{{b}}</b>")
  expect(renderText(template, { a: "<i>" }, (text) => text.replaceAll("<", "&lt;"))).toBe("<b>&lt;i></b>")
  expect(renderText(template, Object.create({ a: "inherited" }) as never)).toBe("<b></b>")
})

test("every wrong hole is named with file, line, column and the allowed names", () => {
  const mistakes = (source: string, names = ["title", "url", "items.name"]) => {
    try {
      parseTemplate("posts/x.txt", source, names)
      return []
    } catch (error) {
      return (error as InvalidInputError).mistakes
    }
  }
  const [unknown, broken] = mistakes("{{title}}\n  {{titel}} {{ur-l}}")
  expect(unknown).toMatchObject({ file: "posts/x.txt:2:3", found: "{{titel}}", expected: expect.stringContaining("title, url") })
  expect(broken).toMatchObject({ file: "posts/x.txt:2:13" })
  for (const source of ["{{title", "title}}", "{{#if title}}x", "{{/if}}", "{{else}}", "{{#each title}}{{/each}}", "{{#if title}}{{/each}}{{/if}}", "{{}}", "{{name}}", "{{#if}}x{{/if}}", "{{title {{url}}", "{{constructor}}"]) {
    expect(mistakes(source).length).toBeGreaterThan(0)
  }
  expect(mistakes("{{#each items}}{{name}}{{url}}{{/each}}")).toEqual([])
})
