/** The source firewall as the pipeline uses it: lists loaded on first use, articles in the form it judges. */
import { join } from "node:path"
import { checkout } from "../base/config.ts"
import { createScreen, loadLexicon, type Screen, type ScreenVerdict } from "../checks/screen/index.ts"
import type { Article } from "../model/index.ts"
import type { Registry } from "../registry/index.ts"

export class Firewall {
  private loaded: Screen | null = null

  constructor(private readonly registryDir: string) {}

  get lists(): Screen {
    return (this.loaded ??= createScreen(loadLexicon(join(this.registryDir, "lexicon"), join(checkout, "accounts/lexicon"))))
  }

  screen(article: Article, registry: Registry): ScreenVerdict {
    const feed = registry.feedById(article.feedId)
    return this.lists.screen(
      {
        id: article.id,
        source: { unit: article.unitId, feed_host: feed ? new URL(feed.url).hostname : new URL(article.url).hostname },
        title: article.title,
        summary: article.summary,
        text: article.paragraphs.join("\n\n"),
        html: article.html,
        links: [article.url, ...article.links],
      },
      { isOwnHost: (host) => registry.ownHosts.has(host) },
    )
  }
}
