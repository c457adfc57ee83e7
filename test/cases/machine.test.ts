import { expect, test } from "bun:test"
import fc from "fast-check"
import { begin, caseKinds, mayAct, move, stepIds, stepsOf, stepStates, type CaseState, type Move, type Party } from "../../src/cases/index.ts"

const parties: Party[] = ["unit", "centre"]
const someMove: fc.Arbitrary<{ what: Move; party: Party }> = fc.record({
  party: fc.constantFrom(...parties),
  what: fc.oneof(
    fc.record({ do: fc.constant("submit" as const), step: fc.constantFrom(...stepIds) }),
    // Most submits should fit, or no walk ever gets far.
    fc.constant({ do: "submit" as const, step: "request" as const }),
    fc.record({ do: fc.constant("return" as const), to: fc.constantFrom(...stepIds), reasons: fc.constantFrom("", " ", "thiếu chữ ký") }),
    fc.record({ do: fc.constant("cancel" as const), why: fc.constantFrom("", "rút đề nghị") }),
  ),
})

test("whatever people try, a case stays in order", () => {
  fc.assert(
    fc.property(fc.constantFrom(...caseKinds), fc.array(fc.record({ move: someMove, follow: fc.boolean() }), { maxLength: 40 }), (kind, moves) => {
      let state: CaseState = begin(kind)
      const steps = stepsOf[kind].map((rule) => rule.id)
      for (const { move: tried, follow } of moves) {
        const what = follow && tried.what.do === "submit" ? { do: "submit" as const, step: state.step } : tried.what
        const before = state
        const answer = move(state, what, tried.party)
        if (!answer.ok) continue
        state = answer.state
        // A case that is over never moves again.
        expect(before.status).toBe("open")
        if (what.do === "cancel") {
          expect([state.status, state.step]).toEqual(["cancelled", before.step])
          expect(what.why.trim()).not.toBe("")
          continue
        }
        // Nobody acts in the other side's place but the centre, which helps.
        expect(mayAct(tried.party, before)).toBe(true)
        const [from, to] = [steps.indexOf(before.step), steps.indexOf(state.step)]
        if (what.do === "return") {
          expect(to).toBeLessThan(from)
          expect(what.reasons.trim()).not.toBe("")
        } else if (state.status === "done") expect([from, to]).toEqual([steps.length - 1, steps.length - 1])
        else expect(to).toBe(from + 1)
      }
      const shown = stepStates(state)
      const current = shown.findIndex((step) => step.status === "current")
      expect(shown.filter((step) => step.status === "current").length).toBe(state.status === "done" ? 0 : 1)
      expect(shown.slice(0, Math.max(0, current)).every((step) => step.status === "done")).toBe(true)
      expect(state.status !== "done" || shown.every((step) => step.status === "done")).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test.each(caseKinds.map((kind) => [kind] as const))("%s: the centre alone can walk it to its end, the unit cannot", (kind) => {
  let state = begin(kind)
  for (const { id } of stepsOf[kind]) {
    const answer = move(state, { do: "submit", step: id }, "centre")
    if (answer.ok) state = answer.state
  }
  expect(state.status).toBe("done")
  state = begin(kind)
  for (const { id } of stepsOf[kind]) {
    const answer = move(state, { do: "submit", step: id }, "unit")
    if (answer.ok) state = answer.state
  }
  expect(state.status).toBe("open")
  expect(stepsOf[kind].at(-1)!.id).toBe("activate")
})

test.each([
  [{ do: "submit", step: "name" }, "centre", "not_this_step"],
  [{ do: "return", to: "name", reasons: "x" }, "centre", "not_an_earlier_step"],
  [{ do: "return", to: "request", reasons: "" }, "centre", "not_an_earlier_step"],
  [{ do: "cancel", why: " " }, "unit", "reason_missing"],
] as [Move, Party, string][])("%j by the %s is refused: %s", (what, party, code) => {
  expect(move(begin("register"), what, party)).toEqual({ ok: false, code } as never)
})
