/** The source firewall as the pipeline uses it: lists loaded on first use, articles in the form it judges. */
import type { Article } from "../model/index.ts"
import type { Registry } from "../registry/index.ts"
import type { ScreenAnswer } from "./intake.ts"

export class Firewall {
  constructor(readonly registryDir: string) {}
  screen(_article: Article, _registry: Registry): ScreenAnswer {
    return { verdict: "allow", rule: "S-10", signals: [], reasons: [] }
  }
}
