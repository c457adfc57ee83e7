// Makes the desk quicker; every page works without it.
document.querySelectorAll("[data-ticks]").forEach(function (all) {
  all.closest("label").hidden = false
  all.addEventListener("change", function () {
    document.querySelectorAll("input[name=" + all.dataset.ticks + "]").forEach(function (box) {
      if (!box.closest("[hidden]")) box.checked = all.checked
    })
  })
})

// Length counters: Facebook counts characters (code points), Zalo UTF-16 units, both after composing (NFC).
function measure(text, unit) {
  var composed = text.normalize("NFC").replace(/\r\n?/g, "\n").trim()
  return unit === "utf16" ? composed.length : Array.from(composed).length
}
document.querySelectorAll("[data-count]").forEach(function (field) {
  var shown = document.getElementById(field.dataset.count)
  var show = function () {
    var extra = Number(field.dataset.extra || 0)
    var length = measure(field.value, field.dataset.unit) + extra
    var max = Number(field.dataset.max)
    shown.textContent = length.toLocaleString("vi-VN") + "/" + max.toLocaleString("vi-VN")
    shown.classList.toggle("over", length > max)
    if (length > max) field.setAttribute("aria-invalid", "true")
    else field.removeAttribute("aria-invalid")
  }
  field.addEventListener("input", show)
  show()
})

// The preview beside the form follows what is typed.
document.querySelectorAll("[data-shows]").forEach(function (field) {
  var place = document.getElementById(field.dataset.shows)
  if (!place) return
  field.addEventListener("input", function () {
    place.textContent = field.value
  })
})

// Long lists of choices can be narrowed by typing a part of the name, with or without accents.
function plain(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase()
}
document.querySelectorAll("[data-narrows]").forEach(function (field) {
  field.closest(".field").hidden = false
  var entries = document.querySelectorAll("#" + field.dataset.narrows + " > *")
  field.addEventListener("input", function () {
    var wanted = plain(field.value.trim())
    entries.forEach(function (entry) {
      entry.hidden = wanted !== "" && !plain(entry.textContent).includes(wanted)
    })
  })
})
