/** Commune and department news as portals of the province write it: deterministic by seed, every title of a unit unlike the others. */
import { DAY, HOUR, MINUTE } from "../base/clock.ts"
import { inQuietHours, startOfDay, vnDate } from "../base/time.ts"
import type { UnitFile } from "../model/index.ts"
import { hashOf, pick, randomOf } from "./random.ts"

export interface News {
  title: string
  summary: string
  body: string[]
  section: string
}

/** [section, title, summary, paragraphs]; `{unit}`, `{number}`, `{date}`, `{place}`, `{people}` are filled in. */
type Topic = [section: string, title: string, summary: string, body: string[]]
const topics: Topic[] = [
  [
    "Tin tức - Sự kiện",
    "{unit} tổ chức kỳ họp thứ {number} Hội đồng nhân dân nhiệm kỳ 2026 - 2031",
    "Kỳ họp xem xét {count} tờ trình và chất vấn về đất đai, môi trường.",
    [
      "Ngày {date}, Hội đồng nhân dân tổ chức kỳ họp thứ {number} để xem xét các nội dung thuộc thẩm quyền.",
      "Kỳ họp thông qua {count} nghị quyết về dự toán thu chi ngân sách, đầu tư công và chính sách an sinh xã hội trên địa bàn.",
    ],
  ],
  [
    "Thông báo",
    "Lịch tiếp công dân của lãnh đạo {unit} tháng {month}, đợt {number}",
    "Lãnh đạo tiếp công dân vào sáng thứ Năm hằng tuần tại bộ phận một cửa.",
    [
      "Thực hiện Luật Tiếp công dân, lãnh đạo {unit} tiếp công dân từ 7 giờ 30 đến 11 giờ 30.",
      "Công dân mang theo căn cước công dân và các giấy tờ liên quan đến nội dung kiến nghị, phản ánh.",
    ],
  ],
  [
    "Phòng chống thiên tai",
    "{unit} chủ động ứng phó bão số {number}",
    "Bốn tổ xung kích trực 24/24 giờ, kiểm tra các điểm xung yếu trên tuyến đê.",
    [
      "Theo dự báo, bão số {number} gây mưa lớn từ ngày {date}. {unit} đã kiểm tra {count} điểm xung yếu và chuẩn bị vật tư tại chỗ.",
      "Người dân chằng chống nhà cửa, không ra khỏi nhà khi gió mạnh và theo dõi bản tin trên hệ thống loa truyền thanh.",
    ],
  ],
  [
    "Y tế",
    "Lịch tiêm chủng mở rộng tháng {month} tại trạm y tế {place}, đợt {number}",
    "Trẻ từ 2 đến 24 tháng tuổi được tiêm miễn phí các loại vắc xin theo chương trình.",
    [
      "Trạm y tế tổ chức tiêm chủng từ 7 giờ 30 ngày {date} cho {people} trẻ trên địa bàn.",
      "Phụ huynh mang theo sổ tiêm chủng, cho trẻ ăn no và ở lại theo dõi 30 phút sau khi tiêm.",
    ],
  ],
  [
    "Chuyển đổi số",
    "Tổ công nghệ số cộng đồng {place} hướng dẫn {people} người dân nộp hồ sơ trực tuyến",
    "Tỷ lệ hồ sơ trực tuyến toàn trình của {unit} đạt trên 90 phần trăm.",
    [
      "Trong tháng {month}, {count} tổ công nghệ số cộng đồng đã đến từng nhà hướng dẫn người dân cài đặt VNeID mức 2.",
      "Người dân có thể nộp hồ sơ tại Cổng Dịch vụ công quốc gia và nhận kết quả qua bưu điện.",
    ],
  ],
  [
    "Đất đai",
    "Công khai phương án bồi thường, giải phóng mặt bằng đường {place}, đợt {number}",
    "{people} hộ dân có đất thu hồi được niêm yết phương án tại trụ sở và nhà văn hóa.",
    [
      "{unit} niêm yết công khai phương án bồi thường, hỗ trợ, tái định cư từ ngày {date} trong thời gian 30 ngày.",
      "Mọi ý kiến gửi về Trung tâm Phục vụ hành chính công bằng văn bản hoặc trực tiếp trong giờ hành chính.",
    ],
  ],
  [
    "Xây dựng Đảng",
    "{unit} quán triệt nghị quyết đại hội, phát động đợt thi đua thứ {number}",
    "Hơn {people} cán bộ, đảng viên tham dự hội nghị trực tiếp và trực tuyến.",
    [
      "Sáng ngày {date}, hội nghị quán triệt nghị quyết đại hội được tổ chức tại hội trường {place}.",
      "Các chi bộ xây dựng chương trình hành động gắn với nhiệm vụ phát triển kinh tế - xã hội năm {year}.",
    ],
  ],
  [
    "Thông báo",
    "Lịch ngừng cấp điện khu vực {place} từ ngày {date}, đợt {number}",
    "Ngừng cấp điện để bảo dưỡng đường dây, dự kiến từ 7 giờ đến 11 giờ 30.",
    [
      "Công ty Điện lực thông báo ngừng cấp điện ngày {date} tại {place} để sửa chữa, bảo dưỡng lưới điện.",
      "Đề nghị khách hàng chủ động kế hoạch sản xuất, sinh hoạt; nếu trời mưa, lịch sẽ được thông báo lại.",
    ],
  ],
  [
    "Giáo dục",
    "{unit} tuyên dương {people} học sinh đạt thành tích cao năm học {year}",
    "Quỹ khuyến học trao {people} suất quà cho học sinh vượt khó học giỏi.",
    [
      "Tại nhà văn hóa {place}, buổi lễ tuyên dương được tổ chức trong không khí trang trọng ngày {date}.",
      "Hội Khuyến học kêu gọi các dòng họ, thôn xóm tiếp tục xây dựng phong trào học tập suốt đời.",
    ],
  ],
  [
    "Môi trường",
    "Ra quân tổng vệ sinh môi trường tại {place}, lần thứ {number}",
    "{people} đoàn viên, hội viên thu gom rác, phát quang {count} km đường.",
    [
      "Ngày {date}, các đoàn thể của {unit} ra quân tổng vệ sinh, khơi thông cống rãnh và trồng hoa ven đường.",
      "Người dân phân loại rác tại nguồn và để rác đúng nơi, đúng giờ theo lịch thu gom.",
    ],
  ],
  [
    "Nông nghiệp",
    "{unit} gieo cấy xong {people} ha lúa mùa, tập trung chăm sóc lúa tại {place}",
    "Cán bộ khuyến nông hướng dẫn phòng trừ rầy nâu và bệnh đạo ôn, đợt {number}.",
    [
      "Đến ngày {date}, toàn địa bàn đã gieo cấy xong, đạt 100 phần trăm kế hoạch.",
      "Bà con thường xuyên thăm đồng, bón phân cân đối và dùng thuốc theo nguyên tắc bốn đúng.",
    ],
  ],
  [
    "Văn hóa",
    "Khai mạc lễ hội truyền thống {place} năm {year} với {count} liền anh, liền chị quan họ",
    "Lễ hội có phần lễ trang nghiêm và phần hội với hát quan họ, vật, cờ người, lần thứ {number}.",
    [
      "Sáng ngày {date}, lễ hội truyền thống được khai mạc với sự tham dự của đông đảo nhân dân và du khách.",
      "Ban tổ chức bố trí {count} điểm trông giữ xe miễn phí và lực lượng hướng dẫn giao thông.",
    ],
  ],
  [
    "An ninh trật tự",
    "{unit} ra mắt mô hình camera an ninh tại {place}, giai đoạn {number}",
    "{people} mắt camera được lắp đặt bằng nguồn xã hội hóa.",
    [
      "Mô hình góp phần phòng ngừa trộm cắp, giám sát giao thông và xử lý vi phạm về môi trường.",
      "Công an cơ sở tiếp nhận tin báo của người dân qua đường dây nóng 24/24 giờ.",
    ],
  ],
  [
    "Cải cách hành chính",
    "{unit} công bố {count} thủ tục hành chính rút ngắn thời gian giải quyết, đợt {number}",
    "Thời gian giải quyết giảm trung bình 40 phần trăm so với quy định.",
    [
      "Quyết định công bố ngày {date} áp dụng tại Trung tâm Phục vụ hành chính công.",
      "Danh mục được niêm yết công khai bằng mã QR để người dân, doanh nghiệp tra cứu.",
    ],
  ],
  [
    "An sinh xã hội",
    "{unit} trao {people} suất quà cho hộ nghèo và gia đình chính sách tại {place}, đợt {number}",
    "Mỗi suất quà trị giá 500.000 đồng do Ủy ban Mặt trận Tổ quốc vận động.",
    [
      "Ngày {date}, đoàn công tác đến thăm và tặng quà các gia đình có hoàn cảnh khó khăn.",
      "Chương trình nằm trong chuỗi hoạt động chăm lo an sinh xã hội năm {year}.",
    ],
  ],
]
/** What the province's own portal tells of its leaders, every second time. */
const leadership: Topic[] = [
  [
    "Hoạt động của lãnh đạo",
    "Chủ tịch UBND tỉnh kiểm tra tiến độ công trình trọng điểm tại {place}, đợt {number}",
    "Chủ tịch UBND tỉnh yêu cầu các nhà thầu bảo đảm tiến độ, chất lượng và an toàn lao động.",
    [
      "Ngày {date}, Chủ tịch UBND tỉnh kiểm tra thực địa công trình và làm việc với {count} đơn vị liên quan.",
      "Đồng chí yêu cầu các sở, ngành tháo gỡ kịp thời vướng mắc về mặt bằng, vật liệu.",
    ],
  ],
  [
    "Hoạt động của lãnh đạo",
    "Phó Chủ tịch UBND tỉnh đối thoại với {people} doanh nghiệp, phiên thứ {number}",
    "Hội nghị tiếp nhận {count} kiến nghị về đất đai, thuế, nguồn nhân lực.",
    [
      "Tại hội nghị ngày {date}, các sở, ngành trả lời trực tiếp kiến nghị của doanh nghiệp.",
      "Kết luận hội nghị được đăng tải công khai trên Cổng Thông tin điện tử tỉnh.",
    ],
  ],
]
const places = [
  "thôn Đông",
  "thôn Đoài",
  "khu phố 3",
  "khu phố Niềm Xá",
  "thôn Trung",
  "thôn Thượng",
  "khu phố 7",
  "thôn Hạ",
  "khu Chùa",
  "tổ dân phố số 5",
  "thôn Ngọ",
  "thôn Tân Lập",
]

/** How the news call the unit: without the "tỉnh Bắc Ninh" behind a department. */
const shortName = (unit: UnitFile) => unit.name.replace(/ tỉnh Bắc Ninh$/, "")

/** The `index`-th article of a unit. `index` is part of the title, so titles of a unit never repeat. */
export function newsOf(seed: number, unit: UnitFile, index: number, at: number): News {
  const random = randomOf(hashOf(seed, `news ${unit.id} ${index}`))
  // Each unit walks through the topics from its own start, so that neighbours do not tell the same story at the same time.
  const ofLeaders = unit.kind === "province_portal" && index % 2 === 1
  const [section, title, summary, body] = ofLeaders ? pick(leadership, (index - 1) / 2) : pick(topics, hashOf(seed, unit.id) + index)
  const date = vnDate(at + DAY)
  const words: Record<string, string> = {
    unit: shortName(unit),
    number: String(index + 1),
    date,
    month: String(Number(date.slice(3, 5))),
    year: date.slice(6),
    place: pick(places, Math.floor(random() * 1_000)),
    people: String(20 + Math.floor(random() * 380)),
    count: String(3 + Math.floor(random() * 15)),
  }
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? word)
  const heading = fill(title.includes("{number}") ? title : `${title} (kỳ {number})`)
  return {
    // Topics of the same round differ by number; a unit's own name keeps two units apart.
    title: heading.includes(words.unit!) ? heading : `${words.unit}: ${heading}`,
    summary: fill(summary),
    body: body.map(fill),
    section,
  }
}

/** The moment the `index`-th newest article of the start was published: office hours of the last hours, never at night. */
export function pastMoment(seed: number, unitId: string, index: number, now: number): number {
  const spread = hashOf(seed, `moment ${unitId}`) % 13
  const at = now - (index * 19 + 3 + spread) * MINUTE
  if (!inQuietHours(at, "21:30-06:00")) return at
  const evening = startOfDay(at + 3 * HOUR) - 2.5 * HOUR
  return evening - (index * 7 + spread) * MINUTE
}
