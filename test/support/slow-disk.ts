/**
 * A disk whose flushes take as long as the test says: every `fsync` and `fdatasync` of a process that was started with `env` waits first. This
 * reproduces what a worn, shared or remote disk does to a commit; reads and plain writes stay quick, for the page cache answers them on such disks, too.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int flushes = 0;
static void wait_first(void) {
  const char *path = getenv("SLOW_DISK");
  FILE *file = path ? fopen(path, "r") : 0;
  int ms = 0, worst_ms = 0;
  if (!file) return;
  if (fscanf(file, "%d %d", &ms, &worst_ms) == 2) for (ms = ++flushes % 10 ? ms : worst_ms; ms > 0; ms--) usleep(1000);
  fclose(file);
}
int fsync(int fd) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
`

export interface SlowDisk {
  env: Record<string, string>
  /** How long each flush takes from now on, and every tenth one of a process. */
  flushMs(ms: number, worstMs: number): void
  dispose(): void
}

/** null where there is no C compiler, or no way to be loaded before libc. */
export function slowDisk(): SlowDisk | null {
  if (process.platform !== "linux") return null
  const home = mkdtempSync(join(tmpdir(), "loa-slow-"))
  // PostgreSQL runs as somebody else when we are root.
  chmodSync(home, 0o755)
  const [library, setting] = [join(home, "slow.so"), join(home, "ms")]
  const dispose = () => rmSync(home, { recursive: true, force: true })
  if (spawnSync("cc", ["-shared", "-fPIC", "-O1", "-x", "c", "-o", library, "-", "-ldl"], { input: source }).status !== 0) {
    dispose()
    return null
  }
  const flushMs = (ms: number, worstMs: number) => writeFileSync(setting, `${ms} ${worstMs}`)
  flushMs(0, 0)
  return { env: { LD_PRELOAD: library, SLOW_DISK: setting }, flushMs, dispose }
}
