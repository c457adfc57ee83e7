export interface FeedTables {}
