// What stands in the sources of the screens: every word people read comes from the catalogues.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

const walk = (folder: string, endings: string[]): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "target", "dist"].includes(entry.name) ? [] : walk(path, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
const messages = (file: string) =>
  [...readFileSync(join("locales/it", file), "utf8").matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((match) => match[1] ?? "");

const screens = walk("src", [".svelte"]).map((file) => ({ file, text: readFileSync(file, "utf8") }));
const scripts = walk("src", [".ts"])
  .filter((file) => !file.includes("bindings") && !file.includes(".test."))
  .map((file) => ({ file, text: readFileSync(file, "utf8") }));
const known = new Set(readdirSync("locales/it").flatMap(messages));

/** Keys are written the same in every language. */
const KEYS = /^(F\d|Ctrl\+[A-Z]|Alt\+|≈ km)$/;
const SPOKEN = ["aria-label", "aria-description", "placeholder", "title", "alt", "label"];

/** Words that a screen would show and no catalogue has. */
function hardCoded(text: string): string[] {
  const markup = text.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, "");
  const between = [...markup.matchAll(/(?<!=)>([^<>{}]*\p{L}{2,}[^<>{}]*)</gu)].map((match) => match[1]?.trim() ?? "");
  const spoken = [...markup.matchAll(/([a-z-]+)="([^"{}]*\p{L}{2,}[^"{}]*)"/gu)]
    .filter((match) => SPOKEN.includes(match[1] ?? ""))
    .map((match) => match[2] ?? "");
  return [...between, ...spoken].filter((words) => !KEYS.test(words));
}

describe("the sources of the screens", () => {
  test("hold no words of their own", () => {
    const found = screens.flatMap(({ file, text }) => hardCoded(text).map((words) => `${file}: ${words}`));
    expect(screens.length).toBeGreaterThan(20);
    expect(found).toEqual([]);
  });

  test("name only messages that there are", () => {
    const all = [...screens, ...scripts];
    const named = all.flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\(\s*"([a-z0-9-]+)"/g), ...text.matchAll(/\bt\([^()"]*\? "([a-z0-9-]+)" : "[a-z0-9-]+"/g)].map((match) => ({ file, id: match[1] ?? "" })),
    );
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(({ id }) => !known.has(id))).toEqual([]);
  });

  test("use every message of the screens' catalogue", () => {
    const text = [...screens, ...scripts].map((one) => one.text).join("\n");
    const rust = walk("../crates", [".rs"]).map((file) => readFileSync(file, "utf8")).join("\n");
    const whole = new Set([...`${text}\n${rust}`.matchAll(/"([a-z][a-z0-9-]*)"/g)].map((match) => match[1]));
    const begun = [...text.matchAll(/`([a-z-]+-)\$\{/g), ...rust.matchAll(/"([a-z-]+-)\{/g)].map((match) => match[1] ?? "");
    const unused = messages("ui.ftl").filter((id) => !whole.has(id) && !begun.some((start) => id.startsWith(start)));
    expect(unused).toEqual([]);
  });

  test("are looked through: words in any place would be found", () => {
    expect(hardCoded(`<p>Ciao</p>`)).toEqual(["Ciao"]);
    expect(hardCoded(`<input placeholder="Cerca" />`)).toEqual(["Cerca"]);
    expect(hardCoded(`<button aria-label={t("close")}><kbd>F1</kbd>×</button>`)).toEqual([]);
  });
});
