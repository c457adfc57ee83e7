/** The consent page of the fake OAuth server, and the page of a redirect address that is not registered. */
import { escapeXml } from "../portals/render.ts"
import type { FakeAccount } from "../world.ts"

const htmlHeaders = { "content-type": "text/html; charset=utf-8" }

export function consentPage(url: URL, accounts: FakeAccount[]): Response {
  const rows = accounts.map((account) => {
    const target = new URL(url)
    target.searchParams.set("oa_id", account.remoteId)
    return `<li><a href="${escapeXml(target.pathname + target.search)}">${escapeXml(account.tuning.name)}</a> (${account.remoteId})</li>`
  })
  return new Response(
    `<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Cấp quyền (diễn tập)</title></head><body style="font:17px/1.6 system-ui;max-width:700px;margin:32px auto"><p style="background:#fff3cd;padding:8px">Mạng diễn tập – không phải Zalo thật</p><h1>Chọn Official Account để cấp quyền cho Loa</h1><ul>${rows.join("")}</ul></body></html>`,
    { headers: htmlHeaders },
  )
}

export const wrongRedirectPage = () =>
  new Response(`<!doctype html><meta charset="utf-8"><h1>Invalid redirect uri</h1><p>error_code=-14003</p>`, { status: 200, headers: htmlHeaders })
