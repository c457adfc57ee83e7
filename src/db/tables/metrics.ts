export interface MetricTables {}
