export interface NetworkTables {}
