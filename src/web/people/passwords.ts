/** Passwords: rules without character classes (ASVS 5.0 V6.2), argon2id with 19 MiB and two passes. */
import { randomBytes } from "node:crypto"
import { readFileSync } from "node:fs"
import { fitsArgon2id, hashArgon2id } from "../../base/argon2.ts"
import type { Mistake } from "../../base/errors.ts"

const LENGTH_MIN = 12
const LENGTH_MAX = 256

let common: Set<string> | null = null
const commonPasswords = () =>
  (common ??= new Set(
    readFileSync(new URL("./common-passwords.txt", import.meta.url), "utf8")
      .split("\n")
      .filter((line) => line && !line.startsWith("#")),
  ))

/** The same password typed on another keyboard (composed or not) is the same password. */
const typed = (password: string) => password.normalize("NFKC")
const plainOf = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("đ", "d").toLowerCase()

/** Also "password2026!!": a common one does not become a good one by a few signs around it, nor by saying it twice. */
function isCommon(plain: string): boolean {
  const joined = plain.replace(/\s+/g, "")
  const bare = joined.replace(/^[^a-z]+|[^a-z]+$/g, "")
  if (commonPasswords().has(joined) || commonPasswords().has(bare)) return true
  for (const word of commonPasswords()) if (word.length >= 4 && joined.includes(word) && joined.replaceAll(word, "").length < 7) return true
  return false
}
/** Rows of the keyboard and of the alphabet, forwards and backwards: "qwertyuiop12", "abcdefghijkl". */
const rows = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p"].flatMap((row) => [
  row,
  [...row].reverse().join(""),
])
const isRow = (plain: string) =>
  rows.some((row) => [...plain.matchAll(/[a-z0-9]{6,}/g)].some(([run]) => row.includes(run) && plain.length - run.length < 6))

/** `context`: words an attacker would try first, e.g. name and user name. */
export function passwordMistakes(password: string, userId: string, context: string[] = []): Mistake[] {
  const wrong = (found: string, expected: string): Mistake => ({ file: "password", field: "password", found, expected })
  const length = [...typed(password)].length
  const plain = plainOf(typed(password))
  if (length < LENGTH_MIN) return [wrong(`${length} ký tự`, `ít nhất ${LENGTH_MIN} ký tự, nên là một câu dễ nhớ`)]
  if (length > LENGTH_MAX) return [wrong(`${length} ký tự`, `nhiều nhất ${LENGTH_MAX} ký tự`)]
  if (new Set(plain).size < 5 || isCommon(plain) || isRow(plain)) return [wrong("mật khẩu quá dễ đoán", "một câu mà người khác không đoán được")]
  if (userId.length >= 4 && plain.includes(userId)) return [wrong("mật khẩu chứa tên đăng nhập", "mật khẩu không chứa tên đăng nhập")]
  const names = context.map((name) => plainOf(name).replace(/[^a-z]/g, "")).filter((name) => name.length >= 6)
  const bare = plain.replace(/[^a-z]/g, "")
  if (names.some((name) => bare.includes(name) && bare.replaceAll(name, "").length < 6))
    return [wrong("mật khẩu gần như chỉ có họ tên", "một câu không suy ra được từ họ tên")]
  return []
}

export const hashPassword = (password: string) => hashArgon2id(typed(password))

let nobody: Promise<string> | null = null
/** Takes as long for an unknown name (hash null) as for a wrong password, so that names cannot be found out. */
export async function passwordFits(password: string, hash: string | null): Promise<boolean> {
  const known = hash !== null && hash !== ""
  const against = known ? hash : await (nobody ??= hashPassword(randomBytes(16).toString("hex")))
  // Longer ones were never accepted; hashing them would only cost time.
  const fits = await fitsArgon2id(typed(password.slice(0, LENGTH_MAX * 4)), against)
  return known && fits
}

/** 96 random bits in groups of four that can be read out on the telephone. */
export const generatePassword = () => randomBytes(12).toString("hex").match(/.{4}/g)!.join("-")
