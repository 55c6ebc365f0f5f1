// Every text comes from the catalogues: words between tags, and ids that do not exist, are failures.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const walk = (dir) =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(dir, entry.name)) : [join(dir, entry.name)],
  );
const ids = new Set(
  readdirSync("locales/it").flatMap((file) =>
    [...readFileSync(join("locales/it", file), "utf8").matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((match) => match[1]),
  ),
);
const findings = [];
for (const file of walk("src").filter((name) => name.endsWith(".svelte"))) {
  const text = readFileSync(file, "utf8");
  const markup = text.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, "");
  for (const [, words] of markup.matchAll(/(?<!=)>([^<>{}]*\p{L}{2,}[^<>{}]*)</gu)) {
    if (!/^(F\d|Ctrl\+P|Alt\+)$/.test(words.trim())) findings.push(`${file}: "${words.trim()}" is not from the catalogue`);
  }
  for (const [, id] of text.matchAll(/\bt\("([a-z0-9-]+)"/g)) {
    if (!ids.has(id)) findings.push(`${file}: no message ${id}`);
  }
}
if (findings.length > 0) {
  console.error(findings.join("\n"));
  process.exit(1);
}
