/** What a citizen would see: every account of a network, and the posts of one account. Plain HTML, works without script. */
import { vnDateTime } from "../base/time.ts"
import type { NetworkName } from "../model/index.ts"
import { escapeXml } from "./portals/render.ts"
import type { FakeAccount, Post, World } from "./world.ts"

const looks: Record<NetworkName, { word: string; colour: string; badge: string }> = {
  facebook: { word: "Facebook", colour: "#1756b8", badge: "Đã xác minh" },
  zalo: { word: "Zalo", colour: "#0a5fd6", badge: "OA đã xác thực" },
}
const postsShownMax = 100

const frame = (network: NetworkName, title: string, body: string) => {
  const { word, colour } = looks[network]
  return new Response(
    `<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5"><title>${escapeXml(title)}</title><style>
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#eef0f3;color:#1c1e21}a{color:${colour}}
.ribbon{background:#ffe08a;color:#4d3800;text-align:center;padding:8px;font-weight:600;position:sticky;top:0}
header{background:${colour};color:#fff;padding:14px 20px}header a{color:#fff;text-decoration:none}
main{max-width:720px;margin:18px auto;padding:0 12px}.card{background:#fff;border-radius:10px;padding:16px;margin:0 0 14px;box-shadow:0 1px 2px #0002}
.who{display:flex;gap:14px;align-items:center}.who img{width:88px;height:88px;border-radius:50%;object-fit:cover;border:1px solid #ddd}.who h1{font-size:22px;margin:0}
.badge{color:${colour};font-weight:600}.post p{white-space:pre-wrap;overflow-wrap:anywhere;margin:8px 0}.post img{max-width:100%;border-radius:8px}time,.quiet{color:#5a5f66;font-size:14px}
.link{display:block;border:1px solid #d5d9de;border-radius:8px;padding:10px;text-decoration:none;overflow-wrap:anywhere}table{width:100%;border-collapse:collapse;background:#fff}td,th{text-align:left;padding:8px;border-bottom:1px solid #e3e6ea}td:last-child{text-align:right}
</style></head><body><div class="ribbon">Mạng diễn tập – không phải ${word} thật</div><header><a href="/nhin"><strong>${word} diễn tập</strong></a></header><main>${body}</main></body></html>`,
    { headers: { "content-type": "text/html; charset=utf-8" } },
  )
}

const linked = (text: string) => escapeXml(text).replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`)

/** Answers `/nhin…` of a network's server; null when the path is none of its pages. */
export function createPeoplePages(world: World, network: NetworkName): (request: Request, path: string) => Response | null {
  const own = () => [...world.accounts.values()].filter((account) => account.network === network)
  const avatarOf = (account: FakeAccount) =>
    network === "facebook"
      ? `/__cdn/avatar/${account.remoteId}/9999999999999-0-200.jpg`
      : `/__cdn/avatar/${account.remoteId}/${account.avatarVersion}.jpg`
  const pictureOf = (post: Post) => (post.pictures[0] ? (network === "facebook" ? `/__cdn/photo/${post.pictures[0]}` : post.pictures[0]) : null)

  function index(): Response {
    const rows = own()
      .sort((a, b) => b.posts.size - a.posts.size)
      .map(
        (account) => `<tr><td><a href="/nhin/${account.remoteId}">${escapeXml(account.tuning.name)}</a></td><td>${account.posts.size} bài</td></tr>`,
      )
    const total = own().reduce((sum, account) => sum + account.posts.size, 0)
    return frame(
      network,
      `${looks[network].word} diễn tập`,
      `<p>${own().length} tài khoản, ${total} bài đăng. <a href="/nhin/tao">Tạo tài khoản mới</a></p><table><tr><th>Tài khoản</th><th></th></tr>${rows.join("")}</table>`,
    )
  }
  const card = (account: FakeAccount, post: Post) => {
    const picture = pictureOf(post)
    return (
      `<article class="card post" id="${escapeXml(post.id)}"><strong>${escapeXml(account.tuning.name)}</strong><br><time datetime="${new Date(post.created).toISOString()}">${vnDateTime(post.created)}</time> <span class="quiet">· ${escapeXml(post.app.name)}${post.updated > post.created ? " · đã sửa" : ""}</span>` +
      (post.title ? `<h2>${escapeXml(post.title)}</h2>` : "") +
      (network === "zalo" && picture ? `<img src="${escapeXml(picture)}" alt="">` : "") +
      `<p>${linked(post.text)}</p>` +
      (network === "facebook" && picture ? `<img src="${escapeXml(picture)}" alt="">` : "") +
      (post.link ? `<a class="link" href="${escapeXml(post.link)}">${escapeXml(post.link)}</a>` : "") +
      `</article>`
    )
  }
  function account(remoteId: string, postId: string | undefined): Response {
    const found = world.byRemoteId.get(remoteId)
    if (!found || found.network !== network || found.tuning.exists === false || found.tuning.published === false) {
      const page = frame(
        network,
        "Không tìm thấy",
        `<div class="card"><h1>Trang này hiện không có</h1><p>Liên kết có thể đã hỏng hoặc trang đã bị gỡ.</p></div>`,
      )
      return new Response(page.body, { status: 404, headers: page.headers })
    }
    const { tuning } = found
    const verified = network === "zalo" ? tuning.verified : tuning.badge === "blue_verified"
    const visible = [...found.posts.values()].filter((post) => !post.hidden && (!postId || post.id === postId)).sort((a, b) => b.created - a.created)
    const head =
      `<div class="card who"><img src="${avatarOf(found)}" alt=""><div><h1>${escapeXml(tuning.name)}</h1>${verified ? `<span class="badge">✔ ${looks[network].badge}</span> · ` : ""}<span class="quiet">${tuning.followers.toLocaleString("vi-VN")} người theo dõi</span><br>` +
      `<span class="quiet">${escapeXml(tuning.about)} · <a rel="me" href="${escapeXml(tuning.website)}">${escapeXml(tuning.website)}</a></span></div></div>`
    return frame(
      network,
      tuning.name,
      head +
        (visible
          .slice(0, postsShownMax)
          .map((post) => card(found, post))
          .join("") || `<div class="card quiet">Chưa có bài đăng.</div>`),
    )
  }

  return (request, path) => {
    if (request.method !== "GET") return null
    if (path === "/" && request.headers.get("accept")?.includes("text/html") && !new URL(request.url).search) return Response.redirect("/nhin", 302)
    if (path === "/nhin" || path === "/nhin/") return index()
    const match = /^\/nhin\/(\d+)(?:\/([\w]+))?$/.exec(path)
    return match ? account(match[1]!, match[2]) : null
  }
}
