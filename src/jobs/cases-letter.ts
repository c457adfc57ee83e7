/** The official letter of a case, from what its steps hold so far. */
import type { Rooms } from "../app.ts"
import type { Case } from "../cases/index.ts"
import { caseLetterFiles, loadOffice, type CaseLetter } from "../reports/index.ts"
import { basisText } from "./cases-registry.ts"

export async function letterOf(rooms: Rooms, found: Case, format: "docx" | "pdf"): Promise<{ name: string; content: Buffer }> {
  const view = rooms.view()
  const { request, name, dossier, identity } = found.data
  const account = view.accountById(found.accountId ?? request.account ?? "")
  const into = request.into ? view.accountById(request.into) : undefined
  const letter: CaseLetter = {
    kind: found.kind,
    unit: view.unitById(found.unitId)!,
    network: found.network,
    accountName: account?.name ?? name?.name ?? request.wish ?? "",
    newName: name?.name,
    remoteId: identity?.remoteId ?? account?.remoteId,
    address: identity?.url ?? account?.url,
    purpose: request.purpose,
    legalBasis: dossier?.basis ? basisText(dossier.basis) : undefined,
    owner: dossier?.owner,
    deputy: dossier?.deputy,
    admins: dossier?.admins,
    otherUnit: request.toUnit ? view.unitById(request.toUnit)?.name : undefined,
    otherAccount: into?.name ?? request.into,
  }
  const { templatesDir } = rooms.config
  const [file] = await caseLetterFiles(`${found.id}-cong-van`, letter, loadOffice(templatesDir), templatesDir, rooms.clock.now(), [format])
  return { name: file!.name, content: file!.content }
}
