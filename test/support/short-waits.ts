/** Preloaded into a child: a network's silence of a minute lasts two seconds, everything else is Loa as it is. */
const real = AbortSignal.timeout.bind(AbortSignal)
AbortSignal.timeout = (ms: number) => real(ms >= 15_000 ? 2_000 : ms)
