/** Article and pictures → the post of each account. Joins articles (pictures), registry (unit, portal) and render (wording). */
import type { ArticlesRoom } from "../articles/index.ts"
import type { Clock } from "../base/clock.ts"
import type { Db } from "../db/index.ts"
import type { Account, Article, NetworkName, Picture, PostContent, PostPicture } from "../model/index.ts"
import type { Registry } from "../registry/index.ts"
import { cleanArticle, renderPost, type CleanArticle, type PostTemplates } from "../render/index.ts"
import type { Compose } from "./intake.ts"

export interface ComposeDeps {
  db: Db
  clock: Clock
  articles: ArticlesRoom
  registry(): Registry
  templates: PostTemplates
  mediaDir: string
  /** Base of the addresses that networks fetch pictures from. */
  publicUrl(): string
}

const PICTURES_MAX = 4

export function createCompose(deps: ComposeDeps): Compose {
  const asPostPicture = (picture: Picture, alt: string): PostPicture => ({
    sha256: picture.sha256,
    path: `${deps.mediaDir}/${picture.sha256}.jpg`,
    url: `${deps.publicUrl()}/m/${picture.sha256}.jpg`,
    width: picture.width,
    height: picture.height,
    alt,
  })

  function render(
    article: Article,
    account: Account,
    pictures: PostPicture[],
    cover: PostPicture | null,
    defaultCover: PostPicture,
    leadership: boolean,
    clean?: CleanArticle,
  ): PostContent {
    const registry = deps.registry()
    const unit = registry.unitById(article.unitId) ?? registry.unitById(account.unitId)!
    return renderPost({
      article,
      unit,
      account: { name: account.name, network: account.network as NetworkName },
      mode: registry.feedById(article.feedId)?.portal.postMode ?? "photo_text",
      pictures,
      cover,
      defaultCover,
      templates: deps.templates,
      isOwnHost: registry.isOwnHost,
      leadership,
      clean,
    })
  }

  return {
    async prepare(article, accounts, { pictures: wanted, leadership, signal }) {
      const networks = new Set(accounts.map((account) => account.network))
      const mode = deps.registry().feedById(article.feedId)?.portal.postMode ?? "photo_text"
      const needsPictures = wanted && (networks.has("zalo") || (networks.has("facebook") && mode === "photo_text"))
      const prepared = needsPictures
        ? await deps.articles.preparePictures(deps.db, article, { max: PICTURES_MAX, now: deps.clock.now(), signal })
        : []
      const pictures = prepared.map((picture) => asPostPicture(picture, article.title))
      const cover = networks.has("zalo") && prepared[0] ? asPostPicture(await deps.articles.coverFor(prepared[0]), article.title) : null
      const plain = networks.has("zalo") ? asPostPicture(await deps.articles.defaultCover(article.unitId), article.title) : none
      const clean = cleanArticle(article, deps.registry().isOwnHost)
      return (account) => render(article, account, pictures, cover, plain, leadership, clean)
    },

    again(article, account, previous) {
      const zalo = previous.network === "zalo" ? previous : null
      const pictures = zalo
        ? zalo.body.flatMap((block) => (block.type === "image" ? [block.picture] : []))
        : previous.network === "facebook"
          ? previous.pictures
          : []
      const content = render(article, account, pictures, zalo?.cover ?? null, zalo?.defaultCover ?? none, false)
      return { ...content, changes: previous.changes }
    },
  }
}

/** Stands where a network asks for no cover; never sent. */
const none: PostPicture = { sha256: "", path: "", url: "", width: 0, height: 0, alt: "" }
