/** Every command, in the order of the help. */
import { accountCommands } from "./account.ts"
import { alertCommands } from "./alerts.ts"
import { checkImageCommand } from "./check-image.ts"
import type { Command } from "./command.ts"
import { deliveryCommands } from "./deliveries.ts"
import { registryCommands } from "./registry.ts"
import { rehearseCommand } from "./rehearse.ts"
import { runCommand } from "./run.ts"
import { serveCommand } from "./serve.ts"

export const commands: Command[] = [serveCommand, runCommand, rehearseCommand, checkImageCommand, ...registryCommands, ...accountCommands, ...deliveryCommands, ...alertCommands]
