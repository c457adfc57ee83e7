/** What intake and routing both say of an article that is not posted. */
import type { AlertFact, Article } from "../model/index.ts"
import type { Order } from "../outbox/index.ts"
import { isPublishing, type Registry } from "../registry/index.ts"
import type { ScreenAnswer } from "./intake.ts"

export function screenAlert(article: Article, judged: ScreenAnswer, what: string, at: number): AlertFact {
  return {
    key: `screen:${article.id}:${article.version}`,
    kind: judged.verdict === "block" ? "source.blocked" : "source.held",
    severity: judged.verdict === "block" ? "critical" : "medium",
    unit: article.unitId,
    account: null,
    summary: `${what}: “${article.title}”. ${judged.reasons.join(" ")}`,
    evidence: {
      article: article.id,
      url: article.url,
      feed: article.feedId,
      rule: judged.rule,
      signals: judged.signals,
      at,
    },
  }
}

const languageNames: Record<string, string> = { vi: "tiếng Việt", en: "tiếng Anh", zh: "tiếng Trung", ja: "tiếng Nhật", ko: "tiếng Hàn" }
const languageName = (code: string) => languageNames[code] ?? `ngôn ngữ “${code}”`

/** News in a language that nobody here takes ends with that reason at its own unit's accounts instead of vanishing. */
export function refusedForLanguage(article: Article, registry: Registry): Order[] {
  return registry
    .accountsOfUnit(article.unitId)
    .filter((account) => isPublishing(account.network) && account.publish !== "off" && !account.languages.includes(article.language))
    .map((account) => ({
      article,
      account,
      content: null,
      verdict: {
        state: "refused",
        code: "language",
        reason: `Tin ${languageName(article.language)}; tài khoản chỉ nhận ${account.languages.map(languageName).join(", ")}.`,
      },
    }))
}
