export interface WebTables {}
