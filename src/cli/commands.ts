/** Every command, in the order of the help. */
import { accountCommands } from "./account.ts"
import { alertCommands } from "./alerts.ts"
import { apiKeyCommands } from "./api-key.ts"
import { auditCommands } from "./audit.ts"
import { backupCommands } from "./backup.ts"
import { caseCommands } from "./case.ts"
import { checkImageCommand } from "./check-image.ts"
import { checkNameCommand } from "./check-name.ts"
import { checkCommand } from "./check.ts"
import type { Command } from "./command.ts"
import { deliveryCommands } from "./deliveries.ts"
import { deskCommands } from "./desk.ts"
import { doctorCommand } from "./doctor.ts"
import { emergencyCommands } from "./emergency.ts"
import { feedCommands } from "./feeds.ts"
import { holdCommands } from "./hold.ts"
import { incidentCommand } from "./incident.ts"
import { observeCommands } from "./observe.ts"
import { leadershipCommand } from "./leadership.ts"
import { posterCommand } from "./poster.ts"
import { reachCommands } from "./reach.ts"
import { registryCommands } from "./registry.ts"
import { rehearseCommand } from "./rehearse.ts"
import { reportCommands } from "./report.ts"
import { runCommand } from "./run.ts"
import { screenCommand } from "./screen.ts"
import { serveCommand } from "./serve.ts"
import { snapshotCommands } from "./snapshot.ts"
import { userCommands } from "./user.ts"
import { verifyCommand } from "./verify.ts"

export const commands: Command[] = [
  serveCommand,
  runCommand,
  checkCommand,
  checkNameCommand,
  checkImageCommand,
  screenCommand,
  ...registryCommands,
  ...accountCommands,
  ...deliveryCommands,
  ...emergencyCommands,
  ...deskCommands,
  ...feedCommands,
  ...alertCommands,
  incidentCommand,
  ...observeCommands,
  ...reachCommands,
  ...reportCommands,
  verifyCommand,
  ...snapshotCommands,
  posterCommand,
  ...caseCommands,
  leadershipCommand,
  ...userCommands,
  ...apiKeyCommands,
  ...auditCommands,
  ...backupCommands,
  ...holdCommands,
  doctorCommand,
  rehearseCommand,
]
