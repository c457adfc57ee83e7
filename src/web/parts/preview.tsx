/** A post as its network shows it, near enough to judge it by: who speaks, the words, the picture, what is folded away. */
import type { PostContent, PostPicture } from "../../model/index.ts"
import type { Say } from "../visit.ts"
import { networkName } from "../words.ts"

/** Facebook folds a text after about this many characters. */
const FOLD_AT = 480

/** Pictures come from this server only, under the hash of their content. */
const local = (picture: PostPicture) => (picture.sha256 ? `/m/${picture.sha256}.jpg` : null)

const Picture = ({ picture }: { picture: PostPicture | undefined }) => {
  const src = picture ? local(picture) : null
  return src ? (
    <img class="picture" src={src} alt={picture!.alt} width={picture!.width || undefined} height={picture!.height || undefined} loading="lazy" />
  ) : null
}

export const Avatar = ({ name, network, sha256 }: { name: string; network: string; sha256?: string | null }) =>
  sha256 ? (
    <img class="avatar" src={`/avatars/${sha256}`} alt="" width="52" height="52" loading="lazy" />
  ) : (
    <span class="avatar" aria-hidden="true">
      {network === "zalo" ? "Z" : network === "facebook" ? "f" : (name[0] ?? "?")}
    </span>
  )

/** `live` = ids of the places that follow what is typed into the form beside it. */
export const Preview = ({ content, account, when, live, t }: { content: PostContent; account: string; when?: string; live?: boolean; t: Say }) => (
  <figure class="shown">
    <figcaption>{t(`Hiển thị trên ${networkName(content.network)}`, `As shown on ${networkName(content.network)}`)}</figcaption>
    <div class="head">
      <Avatar name={account} network={content.network} />
      <div>
        <b>{account}</b>
        <small>{when ?? t("Bản xem trước", "Preview")}</small>
      </div>
    </div>
    {content.network === "facebook" ? (
      <Facebook message={content.message} picture={content.pictures[0]} more={content.pictures.length - 1} live={live === true} t={t} />
    ) : (
      <Zalo content={content} live={live === true} t={t} />
    )}
  </figure>
)

const Facebook = ({
  message,
  picture,
  more,
  live,
  t,
}: {
  message: string
  picture: PostPicture | undefined
  more: number
  live: boolean
  t: Say
}) => {
  const cut = !live && message.length > FOLD_AT ? message.lastIndexOf(" ", FOLD_AT) : -1
  const at = message.lastIndexOf("\n")
  return (
    <>
      {live ? (
        <p class="text">
          <span id="live-message">{message.slice(0, at).trim()}</span>
          {"\n\n"}
          {message.slice(at + 1)}
        </p>
      ) : cut > 0 ? (
        <>
          <p class="text">{message.slice(0, cut)}…</p>
          <details>
            <summary>{t("Xem thêm", "See more")}</summary>
            <p>{message.slice(cut).trim()}</p>
          </details>
        </>
      ) : (
        <p class="text">{message}</p>
      )}
      <Picture picture={picture} />
      {more > 0 ? <p class="meta text">{t(`và ${more} ảnh nữa`, `and ${more} more pictures`)}</p> : null}
    </>
  )
}

const Zalo = ({ content, live, t }: { content: Extract<PostContent, { network: "zalo" }>; live: boolean; t: Say }) => (
  <>
    <Picture picture={content.cover.sha256 ? content.cover : content.defaultCover} />
    <div class="zalo">
      <b id={live ? "live-title" : undefined}>{content.title}</b>
      <p id={live ? "live-description" : undefined}>{content.description}</p>
      <small class="meta" id={live ? "live-author" : undefined}>
        {content.author}
      </small>
    </div>
    <details>
      <summary>{t("Đọc cả bài", "Whole article")}</summary>
      {content.body.map((block) => (block.type === "text" ? <p>{block.content}</p> : <Picture picture={block.picture} />))}
    </details>
  </>
)
