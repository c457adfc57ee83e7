export interface ArticleTables {}
