import { describe, expect, test } from "bun:test"
import { isWindows1258, looksBroken, mendLetters } from "../../src/base/broken-letters.ts"

const sentence = "UBND phường Kinh Bắc tổ chức hội nghị triển khai nhiệm vụ quý IV; đồng chí Chủ tịch phát biểu"
const latin = (bytes: Uint8Array) => new TextDecoder("windows-1252").decode(bytes)

describe("Vietnamese that was written for an old font or decoded once too often", () => {
  test("TCVN3 is read", () => {
    expect(mendLetters("UBND ph­êng Kinh B¾c tæ chøc héi nghÞ triÓn khai nhiÖm vô")).toBe("UBND phường Kinh Bắc tổ chức hội nghị triển khai nhiệm vụ")
  })
  test("UTF-8 shown as windows-1252 is read", () => expect(mendLetters(latin(new TextEncoder().encode(sentence)))).toBe(sentence))
  test("what is whole stays as it is", () => {
    for (const text of [sentence, "Microsoft® Windows® và «Quỹ vì người nghèo» 5 µm", "straße größer Übung façade naïve São João não põe", "Så er det tid til Ærø og Ålborg, hvor ØSTERGADE ligger", "Così però lunedì può ciò più perché città", "THÔNG BÁO ĐỒNG Ý"]) {
      expect(mendLetters(text)).toBe(text)
      expect(looksBroken(text)).toBe(false)
    }
  })
  test("a text of which only a part is broken is not guessed at, but seen", () => {
    const mixed = "Hội nghị tổng kết: tæ chøc héi nghÞ triÓn khai nhiÖm vô ph­êng"
    expect([mendLetters(mixed), looksBroken(mixed)]).toEqual([mixed, true])
  })
  test("windows-1258 is told from Western text by its tone marks and its own letters", () => {
    const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"))
    // "phường", "đẩy", "hội" as windows-1258 writes them.
    expect(isWindows1258(bytes("phýõÌng ðâÒy hôòi nghiò sôì cõ sõÒ"))).toBe(true)
    expect(isWindows1258(bytes("Così però lunedì può ciò può può"))).toBe(false)
    expect(isWindows1258(bytes("não põe ações põem milhões são"))).toBe(false)
  })
})
