/** What a missing answer says about the request: an answer that never comes, a connection that is cut, and a door that nobody opens. */
import { afterAll, expect, test } from "bun:test"
import { ask } from "../../src/networks/http.ts"

let arrived = 0
const silent = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (arrived++, new Promise<Response>(() => undefined)) })
const half = Bun.listen({ port: 0, hostname: "127.0.0.1", socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{\"id\":") } })
afterAll(() => {
  void silent.stop(true)
  half.stop(true)
})

test("a time-out means asked: the post may exist", async () => {
  const answer = await ask(fetch, `http://127.0.0.1:${silent.port}/v25.0/1/feed`, { method: "POST", body: "{}", timeoutMs: 80 })
  expect(answer).toMatchObject({ arrived: false, asked: true })
  expect(arrived).toBe(1)
})

test("an answer cut in the middle means asked", async () => {
  expect(await ask(fetch, `http://127.0.0.1:${half.port}/`, { method: "POST", body: "{}", timeoutMs: 2_000 })).toMatchObject({ arrived: false, asked: true })
})

test("a refused connection means not asked: the next try is no second try", async () => {
  const gone = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() })
  const { port } = gone
  await gone.stop(true)
  expect(await ask(fetch, `http://127.0.0.1:${port}/`, { method: "POST", body: "{}", timeoutMs: 2_000 })).toMatchObject({ arrived: false, asked: false })
})
