import { accountFile, type Account, type Article, type FacebookContent } from "../../src/model/index.ts"

export const T0 = Date.parse("2026-11-24T02:00:00Z") // 09:00 in Vietnam, a Tuesday

export function anAccount(id: string, set: Record<string, unknown> = {}): Account {
  const file = accountFile.parse({
    id,
    network: "facebook",
    remoteId: `1000${id.length}${[...id].reduce((n, c) => n + c.charCodeAt(0), 0)}`,
    name: `UBND phường ${id}`,
    pace: { everyMinutes: 0, perDay: 0 },
    identity: { status: "verified", basis: "Công văn số 1", date: "2025-10-01" },
    ...set,
  })
  return { ...file, unitId: `unit-${id}` }
}

export function anArticle(n: number, set: Partial<Article> = {}): Article {
  return {
    id: `article-${n}`,
    feedId: "feed",
    unitId: "unit",
    url: `https://phuong.example.vn/tin/${n}`,
    title: `Tin số ${n}`,
    summary: "Tóm tắt.",
    paragraphs: ["Nội dung."],
    html: "",
    links: [],
    pictures: [],
    author: null,
    categories: [],
    section: null,
    language: "vi",
    publishedAt: T0,
    firstSeenAt: T0,
    version: 1,
    state: "new",
    reason: null,
    duplicateOf: null,
    emergency: false,
    ...set,
  }
}

export function aPost(article: Article): FacebookContent {
  return {
    network: "facebook",
    articleUrl: article.url,
    title: article.title,
    mode: "text",
    message: `${article.title}\n\n${article.summary}\n\nNguồn: ${article.url}`,
    pictures: [],
    changes: [],
  }
}
