#!/usr/bin/env node
// The `loa` command: `npx loa …` inside the checkout.
// A pass lasts seconds: the compiler's last tier costs it more than it ever gives back (README, decisions).
if (process.argv[2] === "run") process.env.BUN_JSC_useFTLJIT ??= "0"
process.argv.splice(2, 0, "src/main.ts")
await import("./run.mjs")
