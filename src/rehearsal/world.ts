/** The state behind the fake networks: accounts, posts, counters, journal. Servers and the control room share one World. */
import type { Clock } from "../base/clock.ts"
import type { NetworkName, UnitFile } from "../model/index.ts"
import type { Member } from "./cast.ts"
import type { Faults } from "./faults.ts"
import type { Journal } from "./journal.ts"
import type { Pictures } from "./pictures.ts"
import { digitsOf, hashOf } from "./random.ts"
import type { AccountTuning, VisiblePost } from "./types.ts"

/** A post as the network keeps it. Facebook and Zalo fill different fields. */
export interface Post {
  id: string
  account: string
  created: number
  updated: number
  app: { id: string; name: string }
  title: string | null
  text: string
  link: string | null
  hidden: boolean
  /** Photo ids (Facebook) or picture addresses (Zalo). */
  pictures: string[]
  /** Zalo: the whole payload, for getdetail. */
  payload?: Record<string, unknown>
  /** Zalo: token of the create or update that made it so. */
  job?: string
}

export interface FakeAccount {
  id: string
  unitId: string
  network: NetworkName
  remoteId: string
  connectable: boolean
  tuning: Member["shown"]
  /** Rises when the picture is changed: the change detector of Facebook's profile photos. */
  avatarVersion: number
  posts: Map<string, Post>
}

export interface World {
  clock: Clock
  seed: number
  latencyMs: number
  /** Does Zalo really fetch the pictures it is given? */
  fetchPictures: boolean
  faults: Faults
  journal: Journal
  pictures: Pictures
  units: Map<string, UnitFile>
  accounts: Map<string, FakeAccount>
  byRemoteId: Map<string, FakeAccount>
  counts: Map<string, number>
  /** Addresses of accounts that units made themselves, by unit: their portals link to them. */
  ownLinks: Map<string, string[]>
  /** Where the servers listen; known once they do. */
  addresses: { portals: string; facebook: string; zalo: string }
}

export function count(world: World, on: string, name?: string): void {
  world.counts.set(on, (world.counts.get(on) ?? 0) + 1)
  if (name) {
    const key = `${on} ${name}`
    world.counts.set(key, (world.counts.get(key) ?? 0) + 1)
  }
}

export function accountOf(world: World, idOrRemoteId: string): FakeAccount {
  const account = world.accounts.get(idOrRemoteId) ?? world.byRemoteId.get(idOrRemoteId)
  if (!account) throw new Error(`the rehearsal has no account "${idOrRemoteId}"`)
  return account
}

/** Keeps a post, new or changed, and remembers it beyond this process. */
export function keepPost(world: World, post: Post): void {
  world.accounts.get(post.account)?.posts.set(post.id, post)
  world.journal.write("post", post)
}
export function dropPost(world: World, account: FakeAccount, id: string): boolean {
  const there = account.posts.delete(id)
  if (there) world.journal.write("post gone", { account: account.id, id })
  return there
}

export function tuneAccount(world: World, idOrRemoteId: string, tuning: AccountTuning, silently = false): void {
  const account = accountOf(world, idOrRemoteId)
  if (tuning.avatar && tuning.avatar !== account.tuning.avatar) account.avatarVersion++
  Object.assign(account.tuning, tuning)
  if (!silently) world.journal.write("tune", { account: account.id, tuning })
}

/** A page of strangers: in no registry, without a token for anybody. */
export function addStrangePage(world: World, page: { name: string; handle?: string } & AccountTuning, silently = false): FakeAccount {
  const strangers = [...world.accounts.values()].filter((account) => account.unitId === "").length
  const id = `stranger-${strangers + 1}`
  const remoteId = `1008${digitsOf(world.seed, id, 11)}`
  const handle = page.handle ?? `stranger.${strangers + 1}`
  const usual = {
    about: "",
    description: "",
    category: "Community",
    website: "",
    published: true,
    followers: 900,
    avatar: "emblem" as const,
    exists: true,
    verified: false,
    badge: "not_verified" as const,
  }
  const account: FakeAccount = {
    id,
    unitId: "",
    network: "facebook",
    remoteId,
    connectable: false,
    tuning: { ...usual, ...page, handle },
    avatarVersion: 1,
    posts: new Map(),
  }
  world.accounts.set(id, account)
  world.byRemoteId.set(remoteId, account)
  if (!silently) world.journal.write("strange page", { ...page, handle })
  return account
}

const addressInText = /https?:\/\/[^\s<>"“”]+/g
/** The article a post points at. */
export function articleUrlOf(post: Post): string | null {
  const last = post.text.match(addressInText)?.at(-1)?.replace(/[.,;:!?)\]]+$/, "")
  return post.link ?? last ?? null
}

export function visiblePost(account: FakeAccount, post: Post): VisiblePost {
  return {
    id: post.id,
    account: account.id,
    network: account.network,
    title: post.title,
    text: post.text,
    link: post.link,
    articleUrl: articleUrlOf(post),
    created: post.created,
    updated: post.updated,
    app: post.app.id,
    hidden: post.hidden,
    pictures: post.pictures.length,
  }
}

/** Views that grow with the age of a post and level off after about four days. */
export function viewsOf(world: World, account: FakeAccount, post: Post, from = post.created): number {
  const ageHours = Math.max(0, world.clock.now() - Math.max(from, post.created)) / 3_600_000
  const ceiling = (account.tuning.followers * (20 + (hashOf(world.seed, post.id) % 80))) / 100
  return Math.round(ceiling * (1 - Math.exp(-ageHours / 24)))
}
