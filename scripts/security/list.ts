/** The 63 checks in the order of their numbers. */
import { accessChecks } from "./access.ts"
import type { Check } from "./check.ts"
import { headerChecks } from "./headers.ts"
import { injectionChecks } from "./injection.ts"
import { machineChecks } from "./machine.ts"
import { outsideChecks } from "./outside.ts"
import { passwordChecks } from "./passwords.ts"
import { secretChecks } from "./secrets.ts"
import { sessionChecks } from "./sessions.ts"
import { systemChecks } from "./system.ts"

export const checks: Check[] = [...headerChecks, ...sessionChecks, ...passwordChecks, ...accessChecks, ...injectionChecks, ...outsideChecks, ...systemChecks, ...secretChecks, ...machineChecks].sort((a, b) => a.n - b.n)
