export type { ArticlesRoom, ArticleVersion, Kept } from "./types.ts"
