/** Templates with checked holes, and the posts made from them. */
export { loadPostTemplates, postLimits, postNames, renderPost, type PostInput, type PostTemplates } from "./posts.ts"
export { parseTemplate, renderText, type Names, type Template, type TemplateData, type TemplateValue } from "./template.ts"
export { cleanText, codePoints, cutSentence, cutWords, oneLine, utf16Units } from "./text.ts"
export { loadTemplates } from "./load.ts"
