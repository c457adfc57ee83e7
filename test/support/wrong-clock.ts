/** Loaded into a process of Loa before everything else (BUN_OPTIONS): its machine's clock is wrong by WRONG_CLOCK_MS, and by as much once more after each SIGUSR2. */
const wrongMs = Number(process.env.WRONG_CLOCK_MS)
const rightly = Date.now
let times = 1
Date.now = () => rightly() + times * wrongMs
process.on("SIGUSR2", () => void (times += 1))
