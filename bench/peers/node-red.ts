/** The same work as a Node-RED flow out of the palette: a feed node per portal, a function, two HTTP requests. Nothing of it is ours. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface PeerUnit {
  feed: string
  page: string
  oa: string
}

export function writeFlow(folder: string, units: PeerUnit[], networks: string): void {
  mkdirSync(folder, { recursive: true })
  const nodes: Record<string, unknown>[] = [{ id: "tab", type: "tab", label: "Loa's work" }]
  const facebook = `msg.method = "POST"; msg.url = "${networks}/v25.0/" + msg.page + "/feed"; msg.headers = { "content-type": "application/json" };
msg.payload = { message: msg.article.title + "\\n\\n" + String(msg.article.description).replace(/<[^>]+>/g, "").slice(0, 500) + "\\n\\n" + msg.article.link }; return msg`
  const zalo = `msg.method = "POST"; msg.url = "${networks}/v2.0/article/create"; msg.headers = { "content-type": "application/json", access_token: "oa-" + msg.oa };
msg.payload = { type: "normal", title: msg.article.title, body: [{ type: "text", content: msg.article.description }, { type: "text", content: "Nguồn: " + msg.article.link }] }; return msg`
  const call = (id: string) => ({ id, type: "http request", z: "tab", method: "use", ret: "obj", paytoqs: "ignore", url: "", tls: "", persist: true, proxy: "", authType: "", senderr: false, wires: [[]] })
  const work = (id: string, func: string, next: string) => ({ id, type: "function", z: "tab", func, outputs: 1, noerr: 0, initialize: "", finalize: "", libs: [], wires: [[next]] })
  nodes.push(call("call-facebook"), call("call-zalo"), work("to-facebook", facebook, "call-facebook"), work("to-zalo", zalo, "call-zalo"))
  units.forEach(({ feed, page, oa }, i) => {
    nodes.push({ id: `feed-${i}`, type: "feedparse", z: "tab", url: feed, interval: 5, ignorefirst: false, wires: [[`unit-${i}`]] })
    nodes.push(work(`unit-${i}`, `msg.page = "${page}"; msg.oa = "${oa}"; return msg`, "to-facebook"))
    ;(nodes.at(-1) as { wires: string[][] }).wires = [["to-facebook", "to-zalo"]]
  })
  writeFileSync(join(folder, "flows.json"), JSON.stringify(nodes))
  writeFileSync(join(folder, "settings.js"), `module.exports = { uiPort: 0, uiHost: "127.0.0.1", httpAdminRoot: false, httpNodeRoot: false, flowFile: "flows.json", logging: { console: { level: "error" } }, telemetry: { enabled: false } }\n`)
}
