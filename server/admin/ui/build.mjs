// Puts the third-party assets of the console into ../static/vendor: hashed names, one manifest, nothing fetched.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const target = join(here, "..", "static", "vendor");

const withoutSourceMap = (text) => text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=[^\n]*/g, "");
const copied = async (path) => withoutSourceMap(await readFile(join(modules, path), "utf8"));

async function charts() {
  const result = await build({
    entryPoints: [join(here, "echarts.js")],
    bundle: true,
    format: "esm",
    legalComments: "inline",
    minify: true,
    target: "chrome86",
    write: false,
  });
  return result.outputFiles[0].text;
}

async function symbol(name) {
  const filled = name.endsWith("-filled");
  const [folder, file] = filled ? ["filled", name.slice(0, -"-filled".length)] : ["outline", name];
  const svg = await readFile(join(modules, "@tabler/icons/icons", folder, `${file}.svg`), "utf8");
  const drawing = svg
    .slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"))
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s*\n\s*/g, "");
  const paint = filled ? ' fill="currentColor" stroke="none"' : "";
  return `<symbol id="${name}" viewBox="0 0 24 24"${paint}>${drawing}</symbol>`;
}

async function sprite() {
  const lines = (await readFile(join(here, "icons.txt"), "utf8")).split("\n").map((line) => line.trim());
  const names = lines.filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(names.map(symbol));
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

const assets = {
  "tabler.css": await copied("@tabler/core/dist/css/tabler.min.css"),
  "tabler.js": await copied("@tabler/core/dist/js/tabler.min.js"),
  "htmx.js": await copied("htmx.org/dist/htmx.min.js"),
  "echarts.js": await charts(),
  "icons.svg": await sprite(),
};

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const manifest = {};
for (const [name, text] of Object.entries(assets)) {
  const sha256 = createHash("sha256").update(text).digest("hex");
  const dot = name.lastIndexOf(".");
  const file = `${name.slice(0, dot)}-${sha256.slice(0, 12)}${name.slice(dot)}`;
  await writeFile(join(target, file), text);
  manifest[name] = { file, sha256 };
}
// Last, so that a manifest always means a whole set of files.
await writeFile(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`${Object.keys(manifest).length} assets in server/admin/static/vendor`);
