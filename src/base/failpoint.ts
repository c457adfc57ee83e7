/**
 * Named places where the crash tests kill the process. `LOA_FAILPOINT=name` dies at the first passage, `name:3` at the
 * third. SIGKILL on ourselves is the honest crash: no handler runs, no buffer is flushed. `name:1:SIGSTOP` stands still there instead.
 */
const [armedName, armedCount = "1", signal = "SIGKILL"] = (process.env.LOA_FAILPOINT ?? "").split(":")
let passages = 0

export function failpoint(name: string): void {
  if (!armedName || name !== armedName) return
  passages += 1
  if (passages === Number(armedCount)) process.kill(process.pid, signal)
}
