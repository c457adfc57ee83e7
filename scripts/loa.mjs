#!/usr/bin/env node
// The `loa` command: `npx loa …` inside the checkout.
process.argv.splice(2, 0, "src/main.ts")
await import("./run.mjs")
