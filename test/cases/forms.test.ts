import { expect, test } from "bun:test"
import { InvalidInputError } from "../../src/base/errors.ts"
import { nest, readForm } from "../../src/cases/index.ts"

const mistakes = (work: () => unknown): string[] => {
  try {
    work()
    return []
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return error.mistakes.map((mistake) => `${mistake.field}: ${mistake.found} (${mistake.expected})`)
  }
}

test("every mistake of a form is told at once, with place, value and expectation", () => {
  const found = mistakes(() =>
    readForm("register", "dossier", {
      basis: { number: " ", date: "20/11/2026", issuer: "UBND" },
      owner: { name: "Nguyễn A", email: "không phải thư" },
      deputy: { name: "nguyễn a" },
      admins: [{ name: "Nguyễn A" }, { name: "NGUYỄN A" }],
      extra: 1,
    }),
  )
  expect(found.map((line) => line.split(":")[0])).toEqual(["basis.number", "basis.date", "owner.email", "extra", "admins", "deputy.name"])
  expect(found[1]).toBe("basis.date: 20/11/2026 (ngày dạng YYYY-MM-DD)")
  const people = mistakes(() => readForm("register", "dossier", { basis: { number: "1", date: "2026-11-20", issuer: "UBND" }, owner: { name: "Nguyễn A" }, deputy: { name: "nguyễn a" }, admins: [{ name: "Nguyễn A" }, { name: "NGUYỄN A" }] }))
  expect(people.map((line) => line.split(":")[0])).toEqual(["admins", "deputy.name", "owner.phone"])
})

test("a flat form becomes the nested answer; empty administrators fall out; hostile names do nothing", () => {
  const flat = { "basis.number": "1/QĐ", "admins.0.name": "A", "admins.0.role": "", "admins.1.name": " ", "admins.1.role": "", "admins.2.name": "B", "__proto__.polluted": "x", "a..b": "x", "constructor.prototype.y": "x", done: ["p", "q"] }
  expect(nest(flat)).toEqual({ basis: { number: "1/QĐ" }, admins: [{ name: "A", role: "" }, { name: "B" }], done: ["p", "q"] })
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})
