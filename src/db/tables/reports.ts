export interface ReportTables {}
