/** Passwords: rules without character classes (ASVS 5.0 V6.2), argon2id with 19 MiB and two passes. */
import { randomBytes } from "node:crypto"
import type { Mistake } from "../../base/errors.ts"

const LENGTH_MIN = 12
const LENGTH_MAX = 256
const tooCommon = /^(?:123456789012\d*|012345678910?\d*|qwertyuiop\w*|password\w*|matkhau\w*|iloveyou\w*|adminadmin\w*|anhyeuem\w*|abcdefgh\w*|1q2w3e4r\w*|vietnam\w{0,6})$/

/** The same password typed on another keyboard (composed or not) is the same password. */
const typed = (password: string) => password.normalize("NFKC")

export function passwordMistakes(password: string, userId: string): Mistake[] {
  const wrong = (found: string, expected: string): Mistake => ({ file: "password", field: "password", found, expected })
  const length = [...typed(password)].length
  const plain = typed(password).toLowerCase()
  if (length < LENGTH_MIN) return [wrong(`${length} ký tự`, `ít nhất ${LENGTH_MIN} ký tự, nên là một câu dễ nhớ`)]
  if (length > LENGTH_MAX) return [wrong(`${length} ký tự`, `nhiều nhất ${LENGTH_MAX} ký tự`)]
  if (new Set(plain).size < 5 || tooCommon.test(plain)) return [wrong("mật khẩu quá dễ đoán", "một câu mà người khác không đoán được")]
  if (userId.length >= 4 && plain.includes(userId)) return [wrong("mật khẩu chứa tên đăng nhập", "mật khẩu không chứa tên đăng nhập")]
  return []
}

export const hashPassword = (password: string) => Bun.password.hash(typed(password), { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 })

let nobody: Promise<string> | null = null
/** Takes as long for an unknown name (hash null) as for a wrong password, so that names cannot be found out. */
export async function passwordFits(password: string, hash: string | null): Promise<boolean> {
  const known = hash !== null && hash !== ""
  const against = known ? hash : await (nobody ??= hashPassword(randomBytes(16).toString("hex")))
  // Longer ones were never accepted; hashing them would only cost time.
  const fits = await Bun.password.verify(typed(password.slice(0, LENGTH_MAX * 4)), against)
  return known && fits
}

/** 96 random bits in groups of four that can be read out on the telephone. */
export const generatePassword = () => randomBytes(12).toString("hex").match(/.{4}/g)!.join("-")
