// Builds the sandbox's page into dist/: one script, one style sheet, the page, the licences and the stamp.
// Run `npm ci && npm run build` here after any change of src/, package-lock.json or this file.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

const filesUnder = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );

// slack-blocks-to-jsx carries each emoji in every skin tone (a fifth of its size) and a dark theme. This page has neither.
const withoutUnused = {
  name: "without-unused",
  setup(bundle) {
    bundle.onLoad({ filter: /slack-blocks-to-jsx[\\/]dist[\\/]style\.css$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/[^{}]*dark[^{}]*\{[^{}]*\}/g, ""),
      loader: "css",
    }));
    bundle.onLoad({ filter: /slack-blocks-to-jsx[\\/]dist[\\/]index\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8")
        .replace(/,"[^":]+::skin-tone[^":]*":"[^"]*"/g, "")
        .replace(/ dark:[\w\-/[\].:]+/g, "")
        // It forgets on which side a column of a Markdown table stands.
        .replace(/\b(t[hd]):\(\{children:(\w+)\}\)=>(\w+)\("t[hd]",\{/g, '$1:({children:$2,style})=>$3("$1",{style,'),
      loader: "js",
    }));
  },
};

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");

const result = await build({
  entryPoints: [{ in: "src/main.tsx", out: "page" }],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
  alias: {
    // Preact speaks React's interface in a tenth of its size.
    react: "preact/compat",
    "react-dom": "preact/compat",
    "react/jsx-runtime": "preact/jsx-runtime",
    // slack-blocks-to-jsx asks node-emoji first and falls back to its own, complete table.
    "node-emoji": "./src/emoji_from_library.ts",
  },
  plugins: [withoutUnused],
});

writeFileSync("dist/index.html", readFileSync("src/index.html"));

const packages = new Set(
  Object.values(result.metafile.outputs)
    .flatMap((output) => Object.entries(output.inputs))
    .filter(([, use]) => use.bytesInOutput > 0)
    .map(([path]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1])
    .filter(Boolean),
);
const licences = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : "(the package carries no licence file)";
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(
  "dist/LICENSES.txt",
  "page.js and page.css contain these packages. slack-blocks-to-jsx carries parts of @yozora (MIT, guanghechen) within it.\n\n" +
    `${licences.join(`\n${"-".repeat(80)}\n\n`)}`,
);

// Recomputed by tests/sandbox/test_page_bundle.py, so that a stale bundle is seen without Node.
const sources = ["build.mjs", "package-lock.json", "package.json", "tsconfig.json", ...filesUnder("src")].sort();
const listed = sources.map((path) => `${path} ${sha256(readFileSync(path))}\n`).join("");
const built = ["LICENSES.txt", "index.html", "page.css", "page.js"];
writeFileSync(
  "dist/STAMP",
  [`sources ${sha256(listed)}`, ...built.map((name) => `${name} ${sha256(readFileSync(join("dist", name)))}`), ""].join(
    "\n",
  ),
);
for (const name of built)
  console.log(name.padEnd(14), `${(readFileSync(join("dist", name)).length / 1000).toFixed(0)} kB`);
