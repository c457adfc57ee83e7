import { describe, expect, test } from "bun:test"
import { host, item, own, screen } from "./support.ts"

const judged = (link: string) => screen(item({ links: [own, link] }))

describe("links alone decide", () => {
  test.each([
    ["https://nohu-vip99.club/", "block", "LINK-GAMBLE-NAME"],
    ["https://keonhacai88.com/", "block", "LINK-GAMBLE-NAME"],
    ["https://dichvucong.gov-vn.com/x", "block", "LINK-LOOKALIKE"],
    ["https://dichvucong.bacninh.gov.vn.app-update.cc/", "block", "LINK-LOOKALIKE"],
    ["https://dichvucong.xgovvn.net/", "block", "LINK-LOOKALIKE"],
    ["https://vietgcv.cc/", "block", "LINK-LOOKALIKE"],
    ["https://bacnlnh.gov.vn.khao-sat.info/", "block", "LINK-LOOKALIKE"],
    ["https://bacninh.gov.vn@evil.top/", "block", "LINK-USERINFO"],
    ["https://bаcninh.gov.vn/", "block", "LINK-HOMO"],
    [`https://${host}/redirect?url=https%3A%2F%2Fevil.top`, "block", "LINK-REDIRECT"],
    [`https://${host}/r?u=%2568ttps://evil.top`, "block", "LINK-REDIRECT"],
    [`https://${host}/go?to=aHR0cHM6Ly9ldmlsLnRvcC9h`, "block", "LINK-REDIRECT"],
    ["javascript:alert(1)", "block", "LINK-SCHEME"],
    ["JaVa\tscript:alert(1)", "block", "LINK-SCHEME"],
    ["data:text/html,x", "block", "LINK-SCHEME"],
    ["file:///C:/x.exe", "block", "LINK-SCHEME"],
    ["intent://x#Intent;end", "block", "LINK-SCHEME"],
    ["https://files-a.net/app.apk", "block", "LINK-APK"],
    ["https://files-a.net/get?f=app.xapk", "block", "LINK-APK"],
    ["http://185.10.20.30/", "hold", "LINK-IP"],
    ["http://[2001:db8::1]/", "hold", "LINK-IP"],
    ["http://3105433886/", "hold", "LINK-IP"],
    ["https://bit.ly/abc", "hold", "LINK-SHORT"],
    ["https://forms.gle/abc", "hold", "LINK-FORM"],
    ["https://docs.google.com/forms/d/1", "hold", "LINK-FORM"],
    ["https://t.me/abc", "hold", "LINK-CHAT"],
    ["https://zalo.me/g/abc", "hold", "LINK-CHAT"],
    ["https://congty-abc.com.vn/", "hold", "LINK-EXT"],
    ["evil-khong-ro.net/x", "hold", "LINK-EXT"],
    ["https://vietcombank-khuyenmai.com/", "hold", "LINK-BRANDFAKE"],
    ["https://dulichbacninh.vn/", "hold", "LINK-LOOKALIKE"],
    ["https://zalo.me/0123456789", "allow", "LINK-SOCIAL"],
    ["https://www.vietcombank.com.vn/", "allow", "LINK-KNOWN"],
    ["https://play.google.com/store/apps/details?id=com.vnid", "allow", "LINK-STORE"],
    ["https://nhandan.vn/a", "allow", "LINK-PRESS"],
    ["https://bacgiang.gov.vn/a", "allow", "LINK-OLDPROV"],
    ["https://88-nq-hdnd.bacninh.gov.vn/bet", "allow", "LINK-GOV"],
    ["/news/-/details/2", "allow", "LINK-OWN"],
    [`https://www.facebook.com/sharer/sharer.php?u=https://${host}/a`, "allow", "LINK-SOCIAL"],
    [`https://${host}/c/portal/login?redirect=%2Fweb%2Fguest`, "allow", "LINK-OWN"],
    ["mailto:ubnd@bacninh.gov.vn", "allow", "LINK-OWN"],
    ["javascript:void(0)", "allow", "LINK-OWN"],
  ] as const)("%s → %s, %s", (link, verdict, signal) => {
    const answer = judged(link)
    expect([answer.verdict, answer.signals.includes(signal)]).toEqual([verdict, true])
    expect(answer.quarantine).toBe(verdict === "block")
  })
})

test("hosts of the registry are own, their children are not by themselves", () => {
  const isOwnHost = (name: string) => name === "truyenthanh-kinhbac.vn"
  const links = [own, "https://truyenthanh-kinhbac.vn/tin/1"]
  expect(screen(item({ links }), { isOwnHost }).verdict).toBe("allow")
  expect(screen(item({ links })).verdict).toBe("hold")
})

test("an unreported bare domain counts as a link, unless a warning quotes it", () => {
  expect(screen(item({ summary: "Mời bà con vào nohu99.vip nhận thưởng." })).verdict).toBe("block")
  const quoted = screen(item({ title: "Cảnh báo trang giả mạo", summary: "Công an khuyến cáo không truy cập vneid-gov.top và nohu99[.]vip." }))
  expect([quoted.verdict, quoted.signals.includes("TEXT-DOMAIN"), quoted.signals.includes("DEFANGED")]).toEqual(["allow", true, true])
  expect(screen(item({ summary: "Hội nghị kết thúc.Do đó các đơn vị thực hiện theo mẫu bieu-01.docx, ASP.NET." })).verdict).toBe("allow")
})
