/** The checks room as the rest of Loa uses it: loaded on first use, kept in memory, refreshed when the registry or the day changes. */
import type { Clock } from "../base/clock.ts"
import type { Config } from "../base/config.ts"
import type { Db } from "../db/index.ts"
import type { Article } from "../model/index.ts"
import type { GateAnswer } from "../outbox/index.ts"
import type { Registry } from "../registry/index.ts"
import type { ScreenAnswer } from "./intake.ts"

export class Judges {
  private view: () => Registry = () => {
    throw new Error("no registry is open")
  }
  constructor(
    readonly config: Config,
    readonly clock: Clock,
  ) {}
  watch(_db: Db, view: () => Registry) {
    this.view = view
  }
  async refresh() {}
  gate(id: string): GateAnswer {
    const account = this.view().accountById(id)
    if (!account) return { open: false, rule: "listed", reason: "Tài khoản không có trong sổ đăng ký." }
    if (account.identity.status !== "verified") return { open: false, rule: "VER-3", reason: "Tài khoản chưa đăng ký chính danh." }
    return { open: true }
  }
  screen(_article: Article, _view: Registry): ScreenAnswer {
    return { verdict: "allow", rule: "S-10", signals: [], reasons: [] }
  }
}
