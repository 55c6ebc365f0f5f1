// Desks of the command line behind their loopback hosts, each with a demonstration central of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";

import type { DemoPrescription } from "../../ui/src/bindings/DemoPrescription";
import type { Reply } from "../../ui/src/bindings/Reply";
import type { Request } from "../../ui/src/bindings/Request";

const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.LANTERNA_BIN ?? join(here, "../../target/debug/lanterna");
const run = promisify(execFile);

export const PASSPHRASE = "una frase abbastanza lunga";

type Value<K extends Reply["kind"]> = Extract<Reply, { kind: K }> extends { value: infer V } ? V : undefined;

/** A desk that runs. */
export class Desk {
  private constructor(
    readonly folder: string,
    readonly address: string,
    private readonly child: ChildProcess,
    private readonly keep: boolean,
  ) {}

  /** Starts a desk: with a demonstration of its own, or at the central of another's. */
  static async start(options: { folder?: string; central?: string; schedules?: number } = {}): Promise<Desk> {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), "lanterna-e2e-"));
    const central = options.central ? ["--central", options.central] : [];
    const demo = options.central ? [] : ["--demo", "--schedules", String(options.schedules ?? 600)];
    const words = ["--data-dir", folder, ...central, "serve", ...demo, "--screens", join(here, "../../ui/dist")];
    const child = spawn(binary, words, {
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
    return new Desk(folder, address, child, options.folder !== undefined);
  }

  /** Starts a desk that is enrolled and has its data. */
  static async ready(options: { central?: string; code?: string; schedules?: number } = {}): Promise<Desk> {
    const desk = await Desk.start(options);
    await desk.ask({ kind: "create_key", passphrase: PASSPHRASE }, "stage");
    const stage = await desk.ask({ kind: "stage" }, "stage");
    const code = options.code ?? stage.demonstration_code ?? "";
    await desk.ask({ kind: "enrol", code, central_url: options.central ?? null }, "stage");
    await expect.poll(async () => (await desk.ask({ kind: "stage" }, "stage")).stage, { timeout: 30_000 }).toBe("ready");
    return desk;
  }

  /** Asks as the screens do. */
  async ask<K extends Reply["kind"]>(request: Request, kind: K): Promise<Value<K>> {
    const url = new URL(this.address);
    const response = await fetch(`${url.origin}/rpc`, {
      method: "POST",
      headers: { Authorization: `Bearer ${url.hash.slice("#token=".length)}`, "Content-Type": "application/json" },
      body: JSON.stringify(request),
    });
    const reply = (await response.json()) as Reply;
    if (!response.ok || reply.kind !== kind) throw new Error(`${request.kind}: ${JSON.stringify(reply)}`);
    return ("value" in reply ? reply.value : undefined) as Value<K>;
  }

  /** A ready prescription whose title holds these words. */
  async prescription(title: string | RegExp): Promise<DemoPrescription> {
    const all = await this.ask({ kind: "demo_prescriptions" }, "demo_prescriptions");
    const found = all.find((one) => (typeof title === "string" ? one.title.includes(title) : title.test(one.title)));
    if (!found) throw new Error(`no prescription is called ${title}: ${all.map((one) => one.title).join("; ")}`);
    return found;
  }

  /** A second desk at the same central, beside the network that can be cut. */
  async second(): Promise<Desk> {
    const { central_url, code } = await this.ask({ kind: "demo_second_desk" }, "second_desk");
    return Desk.ready({ central: central_url, code });
  }

  /** Tells the central what this channel may do, as its administrator does. */
  async service(state: "open" | "read-only" | "frozen" | "closed"): Promise<void> {
    const central = join(dirname(binary), "lanterna-central");
    await run(central, ["state", "--channel", "mmg", state, "--database", join(this.folder, "central-dimostrativo.db")]);
    await this.ask({ kind: "sync_now" }, "status");
  }

  /** The words of the PDF written last. */
  async paper(): Promise<string> {
    const folder = join(this.folder, "documenti");
    const all = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".pdf")) : [];
    const at = (name: string) => statSync(join(folder, name)).mtimeMs;
    const last = all.sort((one, other) => at(one) - at(other)).at(-1);
    if (!last) throw new Error(`no paper in ${folder}`);
    return (await run("pdftotext", ["-layout", join(folder, last), "-"])).stdout;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGINT");
    await ended;
    if (!this.keep) rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every page of every test asks nothing of anybody but its desk, and fails nowhere unseen. */
export const test = base.extend<{ page: Page }>({
  page: async ({ page }, use) => {
    const foreign: string[] = [];
    const failed: string[] = [];
    page.on("request", (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (!["data:", "blob:"].includes(protocol) && hostname !== "127.0.0.1") foreign.push(request.url());
    });
    page.on("pageerror", (error) => failed.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy/.test(message.text())) failed.push(message.text());
    });
    await use(page);
    expect(foreign, "requests to elsewhere").toEqual([]);
    expect(failed, "failures in the page").toEqual([]);
  },
});

/** A desk for the tests of one file, ready to book. */
export function withDesk(options: { schedules?: number } = {}): { readonly now: Desk } {
  let desk: Desk | undefined;
  test.beforeAll(async () => {
    desk = await Desk.ready(options);
  });
  test.afterAll(() => desk?.stop());
  return {
    get now() {
      if (!desk) throw new Error("no desk yet");
      return desk;
    },
  };
}

/** No violation of WCAG 2.1 A and AA. */
export async function accessible(page: Page, what: string): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]).analyze();
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  expect(told, `axe: ${what}`).toEqual([]);
}

let shots = 0;

/** A picture for whoever wants to look, where `LANTERNA_SHOTS` names a folder. */
export async function shot(page: Page, name: string): Promise<void> {
  const folder = process.env.LANTERNA_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  shots += 1;
  await page.screenshot({ path: join(folder, `${String(shots).padStart(3, "0")}-${name}.png`) });
}

/** Opens the screens of a desk and waits until keys are heard. */
export async function open(page: Page, desk: Desk): Promise<void> {
  await page.goto(desk.address);
  await expect(page.locator("#scan")).toBeVisible();
}

/** Fills the form with a ready prescription. */
export async function fill(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "Ricetta di prova" }).click();
  await page.getByRole("dialog").getByRole("button", { name: title }).first().click();
}

/** The list of free places, with something in it. */
export async function places(page: Page) {
  const list = page.getByRole("listbox", { name: "Posti liberi" });
  await expect(list.getByRole("option").first()).toBeVisible();
  return list;
}

/** Takes the first place and waits until it can be confirmed. */
export async function takeFirst(page: Page): Promise<void> {
  await (await places(page)).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^Conferma/ })).toBeEnabled();
}

export { expect };
