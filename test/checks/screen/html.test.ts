import { describe, expect, test } from "bun:test"
import { item, screen } from "./support.ts"

const hide = (style: string) => `<div style="${style}">nổ hũ đổi thưởng</div>`
describe("hidden text with lexicon words blocks, whatever hides it", () => {
  test.each([
    "display:none", "DISPLAY : NONE !important", "dis/**/play:none", "d\\69splay:none", "visibility:hidden", "font-size:0", "font-size:0.1px", "font:0/0 a", "opacity:0", "opacity:.01", "filter:alpha(opacity=0)", "position:absolute;left:-9999px",
    "position:fixed;top:-200vh", "text-indent:-999em", "margin-left:-5000px", "transform:translateX(-9999px)", "transform:scale(0)", "height:0;overflow:hidden", "max-height:0px;overflow:hidden", "width:1px;height:1px;overflow:hidden",
    "clip:rect(0,0,0,0);position:absolute", "clip-path:inset(100%)", "color:#fff", "color:white;background-color:#ffffff", "color:rgb(255,255,255)", "color:transparent", "color:rgba(0,0,0,0)", "background:#123456;color:#123456", "position:absolute;z-index:-1", "content-visibility:hidden",
  ])("%s", (style) => {
    const answer = screen(item({ html: hide(style) }))
    expect([answer.verdict, answer.rule, answer.signals.includes("HTML-HIDDEN")]).toEqual(["block", "S-1", true])
  })
  test.each([
    `<div hidden>${"cá độ bóng đá"}</div>`,
    `<style>.zz{display:none}</style><p class="a zz">soi kèo nhà cái</p>`,
    `<font color="#FFFFFF">kubet</font>`,
    `<marquee width="0" height="0"><a href="https://la-la.net">x</a></marquee>`,
    `<div style="display:none"><p><b>vay tiền online</b></p></div>`,
    `<!-- tài xỉu online đổi thưởng -->`,
    `<noscript>casino trực tuyến</noscript>`,
    `<div style="display:none"><a href="https://trang-la.net">x</a></div>`,
  ])("%s", (html) => expect(screen(item({ html })).verdict).toBe("block"))
})

describe("code", () => {
  test.each([
    ["<script>alert(1)</script>", "HTML-SCRIPT"],
    ["<ScRiPt src=//a.pw/x.js></sCrIpT>", "HTML-SCRIPT"],
    ["<scr<script>ipt>alert(1)</script>", "HTML-SCRIPT"],
    ["<img src=x onerror=\"location='https://a.top'\">", "HTML-SCRIPT"],
    ["<svg/onload=eval(name)>", "HTML-SCRIPT"],
    ["<iframe src='https://a.pw'></iframe>", "HTML-IFRAME"],
    ["<object data='https://a.pw/x.swf'></object>", "HTML-IFRAME"],
    ["<meta http-equiv=refresh content='0;url=https://a.pw'>", "HTML-REDIRECT"],
  ])("%s blocks", (html, signal) => {
    const answer = screen(item({ html }))
    expect([answer.verdict, answer.signals.includes(signal)]).toEqual(["block", true])
  })
  test.each([
    ["<iframe src='https://www.youtube.com/embed/a'></iframe>", "hold"],
    ["<script src='https://connect.facebook.net/vi_VN/sdk.js'></script>", "hold"],
    ["<form action='https://thu-thap.net/a'><input name=q></form>", "hold"],
    ["<p onmouseover=\"hieuUng(this)\">a</p>", "hold"],
    ["<script type='application/ld+json'>{\"@type\":\"Article\"}</script>", "allow"],
    ["<a href='javascript:void(0)' onclick='return false'>In trang</a>", "allow"],
  ])("%s → %s", (html, verdict) => expect(screen(item({ html })).verdict).toBe(verdict as "hold"))
})

test("everyday markup of portals is harmless", () => {
  const html = `<p style="text-align:justify;line-height:1.5;font-size:14pt;color:#333"><strong>Sáng 20/11</strong></p><div style="display:none"></div>
    <div class="share" style="display:none"><a href="https://www.facebook.com/sharer/sharer.php?u=https://kinhbac.bacninh.gov.vn/a" target="_blank">Chia sẻ</a></div>
    <table><tr><td style="width:0"></td><td bgcolor="#fff">Nội dung</td></tr></table><img src="a.jpg" width="1" height="1"><span style="margin-left:-2px">x</span>
    <div style="background:#c00;color:#fff;padding:4px">Tin nổi bật</div>`
  const answer = screen(item({ html }))
  expect([answer.verdict, answer.signals.includes("HTML-HIDDEN")]).toEqual(["allow", false])
})
