/** The source firewall as the pipeline uses it: lists loaded on first use, articles in the form it judges. */
import { existsSync, readFileSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { checkout } from "../base/config.ts"
import { InvalidInputError } from "../base/errors.ts"
import { checkLexicon, createScreen, loadLexicon, type LabelledItem, type Lexicon, type Screen, type ScreenVerdict } from "../checks/screen/index.ts"
import type { Article } from "../model/index.ts"
import type { Registry } from "../registry/index.ts"

const builtIn = join(checkout, "accounts/lexicon")
const exampleFiles = ["plans.json", "own.json"].map((name) => join(checkout, "accounts/lexicon/examples", name))

export class Firewall {
  private loaded: Screen | null = null

  constructor(private readonly registryDir: string) {}

  /** Throws InvalidInputError when an office's own lists are wrong or would misjudge a labelled example. */
  get lists(): Screen {
    return (this.loaded ??= createScreen(this.acceptedLexicon()))
  }

  /** A changed list takes effect only after it was judged against the labelled examples (safety.md 2). */
  private acceptedLexicon(): Lexicon {
    const own = join(this.registryDir, "lexicon")
    const lexicon = loadLexicon(own, builtIn)
    if (!existsSync(own) || realpathSync(own) === realpathSync(builtIn)) return lexicon
    const labelled = exampleFiles.flatMap((file) => JSON.parse(readFileSync(file, "utf8")) as LabelledItem[])
    const { accepted, changes } = checkLexicon(lexicon, labelled)
    if (accepted) return lexicon
    throw new InvalidInputError(
      "lexicon",
      changes
        .filter((change) => change.broken)
        .map((change) => ({
          file: own,
          entry: change.id,
          field: "danh sách từ",
          found: `“${change.title.slice(0, 80)}” thành ${change.after}`,
          expected: `${change.before} (loa screen --check-lexicon)`,
        })),
    )
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
