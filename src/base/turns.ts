/** At most `max` pieces of work at once; the others wait in the order they came. */
export class Turns {
  private working = 0
  private readonly line: (() => void)[] = []

  constructor(private readonly max: number) {}

  /** Nobody works and nobody waits. */
  get idle(): boolean {
    return this.working === 0
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    // Whoever ends hands the place on to the next in line, so that nobody slips in between.
    if (this.working < this.max) this.working += 1
    else await new Promise<void>((resolve) => void this.line.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.line.shift()
      if (next) next()
      else this.working -= 1
    }
  }
}
