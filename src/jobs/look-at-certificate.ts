/** The certificate a host shows, looked at without trusting it. Only public addresses are connected to, as when fetching. */
import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import { checkServerIdentity, connect, type PeerCertificate } from "node:tls"
import { addressAllowed } from "../base/address.ts"
import { SECOND } from "../base/clock.ts"

export interface SeenCertificate {
  /** Organisation of the issuer, else its name. */
  issuer: string
  /** Address that showed it. */
  address: string
  fingerprint: string
  /** End of validity, UTC ms. */
  until: number
  /** Is it made out to this host? */
  nameFits: boolean
}
const TIMEOUT_MS = 15 * SECOND
const resolveAll = async (host: string) => (await lookup(host, { all: true })).map((entry) => entry.address)

export async function lookAtCertificate(
  host: string,
  port: number,
  allowPrivate: readonly string[],
  resolve: (host: string) => Promise<string[]> = resolveAll,
): Promise<SeenCertificate> {
  const addresses = isIP(host) ? [host] : await resolve(host)
  const bad = addresses.find((ip) => !addressAllowed(ip, host, allowPrivate))
  if (bad || !addresses.length) throw new Error(bad ? `${host} leads to ${bad}, which is not public` : `${host} has no address`)
  const address = addresses.toSorted((a, b) => isIP(a) - isIP(b) || (a < b ? -1 : 1))[0]!
  return new Promise((done, fail) => {
    // It is read, not believed: nothing is sent over this connection.
    const socket = connect({ host: address, port, ...(isIP(host) ? {} : { servername: host }), rejectUnauthorized: false })
    const timer = setTimeout(() => socket.destroy(new Error(`no certificate within ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
    const end = (work: () => void) => {
      clearTimeout(timer)
      socket.destroy()
      work()
    }
    socket.once("error", (error) => end(() => fail(error)))
    socket.once("close", () => end(() => fail(new Error("the connection was closed without a certificate"))))
    socket.once("secureConnect", () => {
      const certificate: PeerCertificate = socket.getPeerCertificate(false)
      end(() => {
        if (!certificate?.fingerprint256) return fail(new Error("no certificate was shown"))
        const { issuer } = certificate
        done({
          issuer: String(issuer?.O ?? issuer?.CN ?? ""),
          address,
          fingerprint: certificate.fingerprint256,
          until: Date.parse(certificate.valid_to),
          nameFits: checkServerIdentity(host, certificate) === undefined,
        })
      })
    })
  })
}
