import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { ReportFile } from "./render.ts"

/** Writes the files so that a reader never meets half of one. Answers their paths in the order of the files. */
export async function writeFiles(files: ReportFile[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const paths: string[] = []
  for (const file of files) {
    const path = join(folder, file.name)
    await writeFile(`${path}.part`, file.content, { mode: 0o600 })
    await rename(`${path}.part`, path)
    paths.push(path)
  }
  return paths
}
