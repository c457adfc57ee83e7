/** What each step asks for. Every mistake of an answer is told at once, in Vietnamese. */
import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { slug } from "../model/unit.ts"
import type { CaseKind, StepId } from "./steps.ts"

const line = (what: string, max = 200) =>
  z
    .string(what)
    .transform((text) => text.normalize("NFC").replace(/\s+/g, " ").trim())
    .pipe(z.string().min(1, what).max(max, `${what}; nhiều nhất ${max} ký tự`))
const optionalLine = (max = 300) =>
  z
    .string()
    .transform((text) => text.normalize("NFC").replace(/\s+/g, " ").trim() || undefined)
    .pipe(z.string().max(max, `nhiều nhất ${max} ký tự`).optional())
    .optional()
const day = z
  .string("ngày dạng YYYY-MM-DD")
  .refine((text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)), "ngày dạng YYYY-MM-DD")
const optionalDay = z.union([z.literal("").transform(() => undefined), day]).optional()
const ticked = (what: string) => z.preprocess((value) => value === true || value === "on" || value === "true" || value === "1", z.literal(true, what))

const person = z.strictObject({
  name: line("họ và tên", 100),
  title: optionalLine(150),
  phone: optionalLine(30),
  email: z.union([z.literal("").transform(() => undefined), z.email("địa chỉ thư điện tử")]).optional(),
})
const basis = z.strictObject({ number: line("số, ký hiệu văn bản", 60), date: day, issuer: line("cơ quan ban hành", 200) })
export type Person = z.infer<typeof person>
export type Basis = z.infer<typeof basis>

const networkChoice = z.enum(["facebook", "zalo"], "facebook hoặc zalo")
const requests = {
  register: z.strictObject({ network: networkChoice, wish: optionalLine(200), purpose: optionalLine(500), contact: person }),
  rename: z.strictObject({ account: slug, wish: optionalLine(200), purpose: line("lý do đổi tên", 500), contact: person }),
  /** `toUnit`: the account goes to another unit (successor); absent = only the people change. */
  hand_over: z.strictObject({
    account: slug,
    toUnit: z.union([z.literal("").transform(() => undefined), slug]).optional(),
    purpose: line("lý do bàn giao", 500),
    contact: person,
  }),
  merge: z.strictObject({ account: slug, into: slug, purpose: line("lý do gộp", 500), contact: person }),
  close: z.strictObject({ account: slug, purpose: line("lý do đóng", 500), contact: person }),
} satisfies Record<CaseKind, z.ZodType>

const name = z.strictObject({ name: line("tên tài khoản", 200), /** Why a name with advice is taken all the same. */ exception: optionalLine(500) })
const picture = z.strictObject({
  picture: z.string("một trong các ảnh đã chuẩn bị").regex(/^(emblem|logo:[a-z0-9-]+|own)$/, "một trong các ảnh đã chuẩn bị"),
  agreed: ticked("đánh dấu đã tải ảnh về"),
})
const letter = { letterNumber: optionalLine(60), letterDate: optionalDay }
const fullDossier = z
  .strictObject({
    basis,
    owner: person,
    deputy: person,
    admins: z.array(z.strictObject({ name: line("họ và tên", 100), role: optionalLine(100) })).max(10, "nhiều nhất 10 người"),
    ...letter,
  })
  .superRefine((value, context) => {
    const key = (text: string) => text.normalize("NFC").toLowerCase()
    if (new Set(value.admins.map((admin) => key(admin.name))).size < 2)
      context.addIssue({ code: "custom", path: ["admins"], message: "ít nhất hai quản trị viên khác nhau" })
    if (key(value.owner.name) === key(value.deputy.name))
      context.addIssue({ code: "custom", path: ["deputy", "name"], message: "người thay thế khác người phụ trách" })
    if (!value.owner.phone && !value.owner.email)
      context.addIssue({ code: "custom", path: ["owner", "phone"], message: "điện thoại hoặc thư điện tử của người phụ trách" })
  })
const shortDossier = z.strictObject({ basis, ...letter })
export const platformStates = ["pending", "granted", "refused", "expired"] as const
const identity = z.strictObject({
  remoteId: z.string("mã số của Trang hoặc OA").trim().regex(/^\d{5,25}$/, "mã số của Trang hoặc OA: chỉ gồm chữ số"),
  url: z.union([z.literal("").transform(() => undefined), z.url({ protocol: /^https?$/, error: "địa chỉ bắt đầu bằng https://" })]).optional(),
  handle: optionalLine(100),
  platform: z.enum(platformStates, platformStates.join(", ")),
  platformDate: optionalDay,
  done: z.preprocess((value) => (value === undefined ? [] : [value].flat()), z.array(z.string().max(40)).max(20)),
})
const change = z.strictObject({ done: ticked("đánh dấu khi đã thực hiện trên nền tảng"), on: day, note: optionalLine(500) })
const connect = z.strictObject({})
const checks = z.strictObject({ confirm: ticked("đánh dấu đã kiểm tra đúng tài khoản"), exception: optionalLine(500) })
const testPost = z.strictObject({ seen: ticked("đánh dấu đã nhìn thấy bài đăng thử") })
const activate = z.strictObject({
  confirm: ticked("đánh dấu đồng ý ghi vào sổ đăng ký"),
  publish: z.enum(["auto", "review", "off"], "auto, review hoặc off").default("auto"),
  until: optionalDay,
})

const forms: Record<Exclude<StepId, "request">, (kind: CaseKind) => z.ZodType> = {
  name: () => name,
  picture: () => picture,
  dossier: (kind) => (kind === "register" || kind === "hand_over" ? fullDossier : shortDossier),
  identity: () => identity,
  change: () => change,
  connect: () => connect,
  checks: () => checks,
  test_post: () => testPost,
  activate: () => activate,
}

export interface CaseData {
  request: { network?: "facebook" | "zalo"; account?: string; into?: string; toUnit?: string; wish?: string; purpose?: string; contact: Person }
  name?: z.infer<typeof name>
  picture?: z.infer<typeof picture>
  dossier?: { basis: Basis; owner?: Person; deputy?: Person; admins?: { name: string; role?: string }[]; letterNumber?: string; letterDate?: string }
  identity?: z.infer<typeof identity>
  change?: { on: string; note?: string }
  connect?: { name: string; remoteId: string; at: number }
  /** `by` = the person who answers for it: four eyes compare these. */
  checks?: { by: string; actor: string; exception?: string; points: { id: string; ok: boolean | null; text: string }[] }
  test_post?: { delivery: string; waiver?: string; by: string; round: number }
  activate?: { by: string; publish: string; until?: string }
}

/** Throws InvalidInputError with every mistake of the answer. */
export function readForm(kind: CaseKind, step: StepId, input: unknown): Record<string, unknown> {
  const schema: z.ZodType = step === "request" ? requests[kind] : forms[step](kind)
  const result = schema.safeParse(input)
  if (result.success) return JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>
  throw new InvalidInputError(
    "case",
    result.error.issues.map((issue) => {
      const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined | null)?.[key], input)
      const place = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys.join(", ")] : issue.path
      return {
        file: "hồ sơ",
        entry: step,
        field: place.join(".") || step,
        found:
          found === undefined || found === ""
            ? "chưa ghi"
            : (typeof found === "string" ? found : Array.isArray(found) ? `${found.length} mục` : JSON.stringify(found)).slice(0, 80),
        expected: issue.code === "unrecognized_keys" ? "không có mục này" : issue.message,
      }
    }),
  )
}

/** A form's flat fields ("owner.name", "admins.0.name") as the nested answer; empty lines of lists fall out. */
export function nest(flat: Record<string, string | string[] | undefined>): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const [path, value] of Object.entries(flat)) {
    if (value === undefined || !/^[A-Za-z0-9_.]{1,60}$/.test(path)) continue
    const keys = path.split(".")
    if (keys.some((key) => key === "" || key === "__proto__" || key === "constructor" || key === "prototype")) continue
    let at = root
    for (const key of keys.slice(0, -1)) at = (typeof at[key] === "object" && at[key] !== null ? at[key] : (at[key] = {})) as Record<string, unknown>
    at[keys.at(-1)!] = value
  }
  const admins = root.admins
  if (typeof admins === "object" && admins !== null) {
    root.admins = Object.values(admins).filter(
      (entry) => typeof entry === "object" && entry !== null && Object.values(entry as Record<string, unknown>).some((text) => String(text).trim()),
    )
  }
  return root
}
