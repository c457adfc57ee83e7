import { describe, expect, test } from "bun:test"
import { item, own, screen } from "./support.ts"

const title = (text: string) => screen(item({ title: text, summary: "" }))

describe("a disguised word is found, and is worse than the plain one", () => {
  test.each([
    ["N.ổ H.ũ mỗi ngày", "OBF-DOTS"], ["t à i x ỉ u mỗi ngày", "OBF-DOTS"], ["T-à-i x-ỉ-u", "OBF-DOTS"], ["n🔥ổ h🔥ũ", "OBF-DOTS"], ["ca\u0301 đ.ộ bóng đá", "OBF-DOTS"],
    ["Tàі xіỉu mỗi ngày", "OBF-HOMO"], ["nổ һũ", "OBF-HOMO"], ["ɡame bài đổi thưởng", "OBF-HOMO"],
    ["n\u200bổ hũ", "OBF-INVIS"], ["nhà c\u00adái", "OBF-INVIS"],
    ["ＮＯ ＨＵ doi thuong", "OBF-WIDTH"], ["𝐭𝐚̀𝐢 𝐱𝐢̉𝐮", "OBF-WIDTH"], ["ⓝⓞⓗⓤ", "OBF-WIDTH"],
    ["n0hu đổi thưởng", "OBF-LEET"], ["t4i x1u", "OBF-LEET"], ["c@sino trực tuyến", "OBF-LEET"],
  ])("%s → %s", (text, signal) => {
    const answer = title(text)
    expect([answer.verdict, answer.signals.includes(signal)]).toEqual(["block", true])
  })
})

test("NFD, case, lost or moved diacritics alone are neutral", () => {
  for (const text of ["Nổ hũ mỗi ngày", "NỔ HŨ MỖI NGÀY", "Nổ hũ mỗi ngày".normalize("NFD"), "no hu moi ngay", "nohu mỗi ngày"]) {
    const answer = title(text)
    expect([text, answer.verdict, answer.signals.filter((signal) => signal.startsWith("OBF"))]).toEqual([text, "block", []])
  }
})

describe("harmless meanings (safety.md 4)", () => {
  test.each([
    "Nổ hũ rượu, một người bỏng", "Bắn cá bằng kích điện trên sông", "Dựng vì kèo đình làng", "Nghiệm thu số đề tài khoa học", "Theo lô, đề nghị các hộ nhận đất", "Số lô sản xuất vắc xin", "Còn 20 slot tiêm vắc xin",
    "Máy bay B52 bị bắn rơi", "Đặt cược vào công nghệ bán dẫn", "Chốt số lượng đại biểu", "Chốt sổ bảo hiểm xã hội", "Cuộc họp giao ban", "Bạn cả đời của nhà nông", "Con cá do ông A bắt", "Ban CA xã tuần tra", "WinMart, win-win, beta-agonist, CLB",
    "Biển số 99A-888.88, Nghị định 68, QĐ 789", "Hộ nghèo nhận quà Tết", "Xổ số kiến thiết nộp ngân sách", "Nhà cải tạo, cầu Lồ, nở hữu tình", "KHẨN: SƠ TÁN TRƯỚC 18 GIỜ",
  ])("%s", (text) => expect(title(text).verdict).toBe("allow"))
})

describe("context", () => {
  test("an enforcement or warning verb in the title or the first 300 characters excuses", () => {
    expect(title("Triệt phá đường dây cá độ bóng đá, tài xỉu").rule).toBe("S-9")
    expect(screen(item({ title: "Tài xỉu, nổ hũ", summary: `${"a ".repeat(200)} công an khởi tố` })).verdict).toBe("block")
    expect(title("Nhà cái lừa đảo").verdict).toBe("block")
  })
  test("it never outweighs a link, an offer or a bait", () => {
    const links = [own, "https://choi-la-thang.top"]
    const bait = screen(item({ title: "Công an cảnh báo, bắt giữ nhóm tài xỉu", links }))
    expect([bait.verdict, bait.signals.includes("CTX-FAKE")]).toEqual(["block", true])
    expect(title("Cảnh báo: Go88 tặng code 100k, link vào không bị chặn").verdict).not.toBe("allow")
    expect(title("Chơi tài xỉu không lo bị bắt, cảnh báo link giả mạo").verdict).toBe("block")
  })
})

describe("languages", () => {
  const foreign = (text: string, path = "/tin/1") => screen(item({ source: { unit: "p", feed_host: "bacninh.gov.vn" }, title: text, summary: "", links: [`https://bacninh.gov.vn${path}`] }))
  test("selling in a language without a section blocks; news waits; a section is fine", () => {
    expect(foreign("激安ブランドコピー通販").rule).toBe("S-4")
    expect(foreign("Buy cheap viagra online without prescription").verdict).toBe("block")
    expect(foreign("バクニン省の投資環境のご案内").verdict).toBe("hold")
    expect(foreign("バクニン省の投資環境のご案内", "/ja/toushi").verdict).toBe("allow")
    expect(foreign("Bac Ninh attracts more investment in the year", "/en/news").verdict).toBe("allow")
    expect(foreign("Lễ ký kết với tỉnh Gyeonggi (경기도)").signals).toContain("LANG-MIX")
  })
  test("gambling words block inside a section too", () => {
    expect(foreign("オンラインカジノ 入金不要ボーナス", "/ja/a").rule).toBe("S-4")
    expect(foreign("Best online casino with no deposit bonus for you", "/en/a").verdict).toBe("block")
    expect(foreign("Police arrested the owners of an online casino in the province", "/en/a").verdict).not.toBe("block")
  })
})

test("defacement is the whole message, not a word in a report", () => {
  expect(title("HACKED BY ./Team").rule).toBe("S-1")
  expect(screen(item({ title: "Cảnh báo sự cố trang web bị đổi giao diện", summary: "Trang chủ hiện dòng chữ “hacked by X”; đã khắc phục sự cố." })).verdict).not.toBe("block")
})
