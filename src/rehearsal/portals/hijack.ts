/** What broken-into portals of Vietnamese authorities have shown (safety.md sections 1 and 3), in made-up words and addresses. */
import { DAY, HOUR } from "../../base/clock.ts"
import { startOfDay } from "../../base/time.ts"
import type { ArticleDraft, HijackKind } from "../types.ts"

const spam = [
  ["Nổ hũ đổi thưởng uy tín số 1, nạp đầu tặng 100 phần trăm", "Link vào không bị chặn, tải app nhận code tân thủ."],
  ["Tài xỉu online: soi kèo nhà cái, hoàn trả mỗi ngày", "Đăng ký nhận mã VIP, CSKH 24/7."],
  ["Game bài đổi thưởng go88 trang chủ chính thức 2026", "Rút tiền 3 phút, đại lý hoa hồng cao."],
]

/** The `index`-th item such a portal publishes. */
export function hijackedDraft(kind: HijackKind, index: number, now: number): ArticleDraft {
  const [title, summary] = spam[index % spam.length]!
  const suffix = index >= spam.length ? ` (${Math.floor(index / spam.length) + 1})` : ""
  switch (kind) {
    case "gambling":
      return { title: title! + suffix, summary: summary!, body: [summary!], links: ["https://nohu-vip88.club/dang-ky"], date: now }
    case "hidden_links":
      return {
        html: `<div style="position:absolute;left:-9999px"><a href="https://taixiu-789.top/">tài xỉu online</a> <a href="https://keo-win68.vip/">soi kèo nhà cái</a></div>`,
        date: now,
      }
    case "night":
      return { date: startOfDay(now) + 2 * HOUR + index * 60_000 }
    case "burst":
      return { date: now - index * 1_000 }
    case "foreign_host":
      return { url: `https://tin-nhanh-${index + 1}.example/bai-viet-${index + 1}.html`, date: now }
    case "old_dates":
      return { date: now - (700 + index) * DAY }
    case "japanese":
      return {
        title: `激安 通販 ブランドコピー 送料無料 ${index + 1}`,
        summary: "人気商品 激安",
        body: ["送料無料 ブランドコピー 通販"],
        links: ["https://shop-gekiyasu.example/"],
        date: now,
      }
    case "script":
      return { html: `<script>location.href="https://sunwin-club.vin/"</script><iframe src="https://sunwin-club.vin/"></iframe>`, date: now }
  }
}
