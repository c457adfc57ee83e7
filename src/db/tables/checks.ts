export interface CheckTables {}
