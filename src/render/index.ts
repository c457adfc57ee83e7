/** Templates with checked holes, and the posts made from them. */
export { cleanArticle, loadPostTemplates, postLimits, postNames, renderPost, type CleanArticle, type PostInput, type PostTemplates } from "./posts.ts"
export { parseTemplate, renderText, type Names, type Template, type TemplateData, type TemplateValue } from "./template.ts"
export { cleanText, codePoints, cutSentence, cutWords, oneLine, utf16Units } from "./text.ts"
export { loadTemplates } from "./load.ts"
export {
  editable,
  editFields,
  editLimits,
  editMistakes,
  foreignDomains,
  lengthOf,
  withText,
  type EditField,
  type EditLimit,
  type PostText,
} from "./edit.ts"
