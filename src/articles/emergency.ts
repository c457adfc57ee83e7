/** Words that put an article into the emergency lane: disaster and epidemic. Data; matched as whole words, with diacritics. */
export const emergencyWords = [
  "khẩn cấp", "hỏa tốc", "hoả tốc", "công điện", "thiên tai", "thảm họa", "thảm hoạ", "bão số", "cơn bão", "siêu bão", "áp thấp nhiệt đới",
  "phòng chống bão", "chống bão", "tin bão", "mưa lũ", "mưa bão", "lũ quét", "lũ lụt", "lũ trên sông", "báo động lũ", "mực nước lũ", "ngập lụt",
  "ngập úng", "xả lũ", "mưa lớn", "mưa đá", "dông lốc", "lốc xoáy", "giông lốc", "sét đánh", "sạt lở", "sụt lún", "vỡ đê", "sự cố đê", "hộ đê",
  "tràn đê", "động đất", "cháy rừng", "cháy lớn", "cháy nổ", "hỏa hoạn", "hoả hoạn", "rò rỉ hóa chất", "rò rỉ hoá chất", "sự cố hóa chất", "rét đậm",
  "rét hại", "nắng nóng gay gắt", "nắng nóng đặc biệt", "hạn hán", "xâm nhập mặn", "dịch bệnh", "ổ dịch", "bùng phát dịch", "dịch sốt xuất huyết",
  "dịch sởi", "bạch hầu", "dịch tả", "cúm gia cầm", "cúm a", "covid", "bệnh dại", "ngộ độc tập thể", "ngộ độc thực phẩm", "sơ tán", "di dời khẩn",
  "cứu hộ", "cứu nạn", "tìm kiếm cứu nạn", "cấm đường", "cảnh báo lũ", "cảnh báo mưa",
] as const
/** Looks back on a disaster, trains for one or congratulates: no emergency. */
const calm = [
  "diễn tập", "tập huấn", "hội thi", "tổng kết", "sơ kết", "kỷ niệm", "khen thưởng", "phần mềm", "quỹ phòng", "tuyên truyền", "hội thảo", "tọa đàm",
  "ra quân",
]

const asPattern = (words: readonly string[]) => new RegExp(`(?<!\\p{L})(?:${words.join("|")})(?!\\p{L})`, "iu")
const urgent = asPattern(emergencyWords)
const unhurried = asPattern(calm)

/** From title and section alone: the text of any article may mention a storm. */
export const isEmergency = (title: string, section: string | null): boolean => {
  const words = section ? `${title} · ${section}` : title
  return urgent.test(words) && !unhurried.test(title)
}
