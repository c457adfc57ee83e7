/**
 * Every command, in the order of the help. A file is loaded when its command may be meant: `loa run`, every few minutes from a timer, needs
 * neither the desk nor the reports.
 */
import type { Command } from "./command.ts"

/** First words of the commands of a file, and the file. */
const files: [words: string, load: () => Promise<Command | Command[]>][] = [
  ["serve", async () => (await import("./serve.ts")).serveCommand],
  ["run", async () => (await import("./run.ts")).runCommand],
  ["check", async () => (await import("./check.ts")).checkCommand],
  ["check-name", async () => (await import("./check-name.ts")).checkNameCommand],
  ["check-image", async () => (await import("./check-image.ts")).checkImageCommand],
  ["screen", async () => (await import("./screen.ts")).screenCommand],
  ["registry", async () => (await import("./registry.ts")).registryCommands],
  ["account", async () => (await import("./account.ts")).accountCommands],
  ["deliveries approve reject", async () => (await import("./deliveries.ts")).deliveryCommands],
  ["emergency", async () => (await import("./emergency.ts")).emergencyCommands],
  ["deliveries four-eyes alerts", async () => (await import("./desk.ts")).deskCommands],
  ["feeds", async () => (await import("./feeds.ts")).feedCommands],
  ["alerts", async () => (await import("./alerts.ts")).alertCommands],
  ["alerts", async () => (await import("./incident.ts")).incidentCommand],
  ["alerts", async () => (await import("./observe.ts")).observeCommands],
  ["reach", async () => (await import("./reach.ts")).reachCommands],
  ["report", async () => (await import("./report.ts")).reportCommands],
  ["verify", async () => (await import("./verify.ts")).verifyCommand],
  ["snapshot", async () => (await import("./snapshot.ts")).snapshotCommands],
  ["poster", async () => (await import("./poster.ts")).posterCommand],
  ["case", async () => (await import("./case.ts")).caseCommands],
  ["leadership", async () => (await import("./leadership.ts")).leadershipCommand],
  ["user", async () => (await import("./user.ts")).userCommands],
  ["apikey", async () => (await import("./api-key.ts")).apiKeyCommands],
  ["audit", async () => (await import("./audit.ts")).auditCommands],
  ["backup restore", async () => (await import("./backup.ts")).backupCommands],
  ["hold retention", async () => (await import("./hold.ts")).holdCommands],
  ["doctor", async () => (await import("./doctor.ts")).doctorCommand],
  ["rehearse", async () => (await import("./rehearse.ts")).rehearseCommand],
]

const groupOf = ({ name }: Command) => name.split(" ")[0]!

/** The commands whose first word is `first`; all of them when none begins so. */
export async function commandsOf(first?: string): Promise<Command[]> {
  const meant = files.filter(([words]) => first !== undefined && words.split(" ").includes(first))
  const loaded = (meant.length ? meant : files).map(([, load]) => load())
  // A group stands together, whichever files its verbs live in.
  const commands = (await Promise.all(loaded)).flat()
  const groups = [...new Set(commands.map(groupOf))]
  return commands.toSorted((a, b) => groups.indexOf(groupOf(a)) - groups.indexOf(groupOf(b)))
}
