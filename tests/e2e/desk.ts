// A desk of the command line behind its loopback host, with its own demonstration central.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.LANTERNA_BIN ?? join(here, "../../target/debug/lanterna");

export interface Desk {
  address: string;
  process: ChildProcess;
}

export const test = base.extend<object, { desk: Desk }>({
  desk: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "lanterna-e2e-"));
      const child = spawn(binary, ["--data-dir", folder, "serve", "--demo", "--screens", join(here, "../../ui/dist")], {
        stdio: ["ignore", "pipe", "inherit"],
        // Documents are written, not shown: there is no viewer here.
        env: { ...process.env, PATH: `${join(here, "no-viewer")}:${process.env.PATH ?? ""}` },
      });
      const address = await new Promise<string>((resolve, reject) => {
        let text = "";
        child.stdout?.on("data", (part: Buffer) => {
          text += part.toString();
          const found = /serving on (\S+)/.exec(text);
          if (found?.[1]) resolve(found[1]);
        });
        child.on("exit", (code) => reject(new Error(`the desk ended with ${code}`)));
      });
      await use({ address, process: child });
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGINT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
});

/** No violation of WCAG 2.1 A and AA, and no request to anywhere but the desk. */
export async function accessible(page: Page, what: string): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]).analyze();
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  expect(told, `axe: ${what}`).toEqual([]);
}

export { expect };
