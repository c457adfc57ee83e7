/** Printable sheets whose QR code leads to the verify page of an account, never to the network: what is taken over can be switched off (S25). */
import type { Rooms } from "../app.ts"
import { NotFoundError } from "../base/errors.ts"
import { vnDate } from "../base/time.ts"
import type { Account, Unit } from "../model/index.ts"
import { pdfMake } from "../reports/index.ts"

export const posterSizes = ["a4", "a5"] as const
export type PosterSize = (typeof posterSizes)[number]

export interface Poster {
  unit: string
  network: string
  accountName: string
  /** The verify page: what the code holds, and what is printed for those who type. */
  address: string
  portal: string | null
  issuer: string
  printedOn: string
}
export interface PosterFile {
  name: string
  content: Buffer
}

const networkWord: Record<string, string> = { facebook: "Facebook", zalo: "Zalo", youtube: "YouTube", tiktok: "TikTok", instagram: "Instagram" }

export function posterOf(rooms: Rooms, accountId: string): Poster {
  const view = rooms.view()
  const account: Account | undefined = view.accountById(accountId)
  if (!account) throw new NotFoundError("account", accountId)
  const unit: Unit = view.unitById(account.unitId)!
  return {
    unit: unit.name,
    network: networkWord[account.network] ?? account.network,
    accountName: account.name,
    address: `${rooms.config.publicUrl}/verify/${account.id}`,
    portal: unit.portal?.url.replace(/\/+$/, "") ?? null,
    issuer: "Trung tâm Thông tin tỉnh",
    printedOn: vnDate(rooms.clock.now()),
  }
}

/** Measures of A4 in points; A5 has the same shape at 0.707 of it. */
const A4 = { width: 595.28, height: 841.89 }
const blue = "#0b3a75"
const gold = "#f2c94c"

export async function drawPoster(poster: Poster, size: PosterSize): Promise<Buffer> {
  const scale = size === "a4" ? 1 : Math.SQRT1_2
  const s = (points: number) => points * scale
  const [width, height] = [A4.width * scale, A4.height * scale]
  const line = (text: string, points: number, more: Record<string, unknown> = {}) => ({ text, fontSize: s(points), alignment: "center", ...more })
  const definition = {
    pageSize: { width, height },
    pageMargins: [s(48), s(48), s(48), s(40)],
    language: "vi-VN",
    info: { title: `Mã QR kiểm tra kênh chính thức - ${poster.unit}`, author: poster.issuer, creator: "Loa", producer: "Loa" },
    // Nothing but the code is pure black: whoever tests a print finds the code by its colour.
    defaultStyle: { font: "Liberation Serif", lineHeight: 1.1, color: "#1a1a1a" },
    background: {
      canvas: [
        { type: "rect", x: s(18), y: s(18), w: width - s(36), h: height - s(36), lineColor: blue, lineWidth: s(3) },
        { type: "rect", x: s(24), y: s(24), w: width - s(48), h: height - s(48), lineColor: gold, lineWidth: s(1.5) },
      ],
    },
    content: [
      line(poster.unit.toUpperCase(), poster.unit.length > 36 ? 25 : 30, { bold: true, color: blue, margin: [0, s(14), 0, s(8)] }),
      line("KÊNH THÔNG TIN CHÍNH THỨC", 22, { bold: true, margin: [0, 0, 0, s(4)] }),
      line(`trên ${poster.network}: “${poster.accountName}”`, 18, { margin: [0, 0, 0, s(20)] }),
      // Error correction Q: a quarter of the code may be dirty or torn.
      { qr: poster.address, fit: s(330), eccLevel: "Q", alignment: "center", foreground: "#000000", background: "#ffffff" },
      line("Quét mã QR bằng máy ảnh điện thoại hoặc Zalo", 20, { bold: true, margin: [0, s(20), 0, s(6)] }),
      line("để kiểm tra và mở đúng trang chính thức của cơ quan.", 18, { margin: [0, 0, 0, s(14)] }),
      line(poster.address, 13, { color: blue, bold: true, margin: [0, 0, 0, s(18)] }),
      {
        table: {
          widths: ["*"],
          body: [
            [
              {
                stack: [
                  line("Chỉ tin trang có kết quả “Chính thức”.", 15, { bold: true, margin: [0, 0, 0, s(3)] }),
                  line("Cơ quan nhà nước không yêu cầu chuyển tiền, cung cấp mật khẩu hay mã OTP qua mạng xã hội.", 15),
                ],
                margin: [s(8), s(6), s(8), s(6)],
              },
            ],
          ],
        },
        layout: { hLineColor: () => gold, vLineColor: () => gold, hLineWidth: () => s(1.5), vLineWidth: () => s(1.5) },
      },
    ],
    footer: () => ({
      columns: [
        { text: poster.portal ? `Cổng Thông tin điện tử: ${poster.portal}` : "", fontSize: s(11), margin: [s(48), 0, 0, 0] },
        { text: `${poster.issuer} cấp ngày ${poster.printedOn}`, fontSize: s(11), alignment: "right", margin: [0, 0, s(48), 0] },
      ],
    }),
  }
  const pdf = await pdfMake()
  return Buffer.from(await pdf.createPdf(definition).getBuffer())
}

export async function posterFile(rooms: Rooms, accountId: string, size: PosterSize): Promise<PosterFile> {
  return { name: `qr-${accountId}-${size}.pdf`, content: await drawPoster(posterOf(rooms, accountId), size) }
}
