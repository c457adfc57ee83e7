/** Every table by room; a room's file under tables/ names the columns its migration creates. */
import type { AlertTables } from "./tables/alerts.ts"
import type { ArticleTables } from "./tables/articles.ts"
import type { AuditTables } from "./tables/audit.ts"
import type { CaseTables } from "./tables/cases.ts"
import type { CheckTables } from "./tables/checks.ts"
import type { DeskTables } from "./tables/desk.ts"
import type { FeedTables } from "./tables/feeds.ts"
import type { JobTables } from "./tables/jobs.ts"
import type { MetricTables } from "./tables/metrics.ts"
import type { NetworkTables } from "./tables/networks.ts"
import type { OperationTables } from "./tables/operations.ts"
import type { OutboxTables } from "./tables/outbox.ts"
import type { RegistryTables } from "./tables/registry.ts"
import type { ReportTables } from "./tables/reports.ts"
import type { WebTables } from "./tables/web.ts"

export interface Schema
  extends RegistryTables,
    FeedTables,
    ArticleTables,
    CheckTables,
    DeskTables,
    OperationTables,
    OutboxTables,
    NetworkTables,
    MetricTables,
    AlertTables,
    ReportTables,
    CaseTables,
    JobTables,
    WebTables,
    AuditTables {}
