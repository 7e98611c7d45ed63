// Makes a component of plugin.js: `node build.js [FILE.wasm]`. Nothing of WASI is linked in.
import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const { component } = await componentize(await readFile(new URL("plugin.js", import.meta.url), "utf8"), {
  witPath: new URL("../../../crates/curbside-sandbox/wit", import.meta.url).pathname,
  worldName: "service",
  disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await writeFile(process.argv[2] ?? "polypharmacy.wasm", component);
