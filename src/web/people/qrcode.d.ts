/** What is used of `qrcode`; the package brings no types. */
declare module "qrcode" {
  interface Options {
    margin?: number
    errorCorrectionLevel?: "L" | "M" | "Q" | "H"
  }
  const QRCode: {
    toString(text: string, options: Options & { type: "svg" }): Promise<string>
    create(text: string, options?: Options & { maskPattern?: number }): { modules: { size: number; data: Uint8Array; get(row: number, column: number): number } }
  }
  export default QRCode
}
