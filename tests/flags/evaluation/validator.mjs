// Answers, for each line of JSON on standard input, whether flagd's own compiled schema takes the document: 1 or 0.
// The validator is not exported by its package, so the package's module is loaded with one export more.
import { readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const here = createRequire(import.meta.url);
const file = join(dirname(here.resolve(join(process.argv[2], "@openfeature/flagd-core/package.json"))), "index.cjs.js");
const loaded = new Module(file);
loaded.filename = file;
loaded.paths = Module._nodeModulePaths(dirname(file));
loaded._compile(readFileSync(file, "utf8") + ";exports.valid = precompiledValidate;", file);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(loaded.exports.valid(JSON.parse(line)) ? "1" : "0");
}
