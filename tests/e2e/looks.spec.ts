// The screens under other eyes: large, narrow, in forced colours, without motion, in strong contrast, in English.
import type { Page } from "@playwright/test";

import type { Preferences } from "../../ui/src/bindings/Preferences";
import { accessible, expect, fill, open, places, shot, takeFirst, test, withDesk } from "./desk";

const desk = withDesk();
const usual: Preferences = { language: "it", zoom: 100, high_contrast: false, dense: false, letter_keys: true, lock_minutes: 10 };

/** A booking that waits in the queue, so that every screen has something to show. */
test.beforeAll(async () => {
  await desk.now.ask({ kind: "demo_link", up: false }, "status");
  const { patient, prescription } = await desk.now.prescription("Mammografia bilaterale, classe D");
  const found = await desk.now.ask(
    { kind: "search", query: { services: prescription.services, priority: prescription.priority, access: prescription.access, requested_at: null, from: null, to: null, weekdays: 0, from_minute: null, to_minute: null, origin: patient.municipality, max_km: null, organization: null, location: null, birth_date: patient.birth_date, sex: patient.sex, sort: "date", offset: 0, limit: 1 } },
    "found",
  );
  const draft = { draft: crypto.randomUUID(), patient, prescription, spans: found.rows[0]?.spans ?? [], requested_at: null, first_proposed: null, hold: null };
  await desk.now.ask({ kind: "book", draft }, "booking");
});

test.beforeEach(async ({ page }) => {
  await desk.now.ask({ kind: "set_preferences", preferences: usual }, "preferences");
  await open(page, desk.now);
});

/** Goes through the screens and their views; `look` is done on each. */
async function everywhere(page: Page, look: (where: string) => Promise<void>): Promise<void> {
  await fill(page, "Visita ortopedica, classe D");
  await takeFirst(page);
  await look("prenota");
  for (const view of ["Calendario", "Mappa"]) {
    await page.getByRole("button", { name: view }).click();
    await expect(page.locator(view === "Mappa" ? ".map table" : ".heat")).toBeVisible();
    await look(view.toLowerCase());
  }
  await page.keyboard.press("F8");
  await page.getByRole("tab", { name: /^In coda/ }).click();
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await expect(page.getByRole("heading", { name: /^Prenotazione / })).toBeVisible();
  await look("coda");
  await page.getByRole("button", { name: "Annulla", exact: true }).click();
  await look("annulla");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+3");
  await expect(page.getByRole("heading", { name: "Diagnostica" })).toBeVisible();
  await look("impostazioni");
}

/** Nothing is pushed out of the page sideways; only tables of data may be, inside their own box. */
async function fits(page: Page, where: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const limit = document.documentElement.clientWidth;
    const over = [...document.querySelectorAll<HTMLElement>(".app *, dialog[open] *")].filter((one) => one.getBoundingClientRect().right > limit + 1 && !one.closest("table, .sr-only") && one.checkVisibility());
    return { page: document.documentElement.scrollWidth > limit, over: over.slice(0, 3).map((one) => one.outerHTML.slice(0, 80)) };
  });
  expect(wide, `the page is as wide as its window: ${where}`).toEqual({ page: false, over: [] });
}

// A window of 1280 pixels seen at 200 % is 640 wide, at 400 % 320.
for (const [zoom, width, height] of [
  [200, 640, 400],
  [400, 320, 256],
] as const) {
  test(`at ${zoom} % everything is there and nothing is pushed aside`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await everywhere(page, async (where) => {
      await fits(page, where);
      await accessible(page, `${where} at ${zoom} %`);
      await shot(page, `zoom-${zoom}-${where}`);
    });
  });
}

test("in forced colours states keep their words and icons", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await everywhere(page, async (where) => {
    await accessible(page, `${where} in forced colours`);
    await shot(page, `colori-forzati-${where}`);
  });
});

test("who wants no motion gets none", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await everywhere(page, async (where) => {
    const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running").length);
    expect(moving, where).toBe(0);
    await accessible(page, `${where} without motion`);
  });
});

test("strong contrast, dense rows and large letters are chosen in Impostazioni, and kept", async ({ page }) => {
  await page.keyboard.press("Alt+3");
  await page.getByLabel("Contrasto forte").check();
  await page.getByLabel("Righe fitte").check();
  await page.getByLabel("Dimensione").selectOption("125");
  await expect.poll(async () => (await desk.now.ask({ kind: "preferences" }, "preferences")).zoom).toBe(125);
  await page.reload();
  await expect(page.locator("html")).toHaveClass(/contrast/);
  await expect.poll(() => page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe("18.75px");
  await page.keyboard.press("Alt+1");
  await everywhere(page, async (where) => {
    await accessible(page, `${where} in strong contrast`);
    await shot(page, `contrasto-${where}`);
  });
});

test("the screens speak English, all of them, and the patient's paper stays Italian", async ({ page }) => {
  await page.keyboard.press("Alt+3");
  await page.getByLabel("English").check();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await accessible(page, "Settings in English");
  await shot(page, "english-settings");
  await page.keyboard.press("Alt+1");
  await page.getByRole("button", { name: "Test prescription" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Visita ortopedica, classe D" }).click();
  await expect(page.getByRole("listbox", { name: "Free places" }).getByRole("option").first()).toContainText(/(Mon|Tue|Wed|Thu|Fri|Sat) \d\d\/\d\d\/\d{4}/);
  await accessible(page, "Book in English");
  await shot(page, "english-book");
  await page.keyboard.press("F8");
  await page.getByRole("tab", { name: /^Queued/ }).click();
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await expect(page.getByRole("heading", { name: /^Booking / })).toBeVisible();
  await accessible(page, "Queue in English");
  await page.keyboard.press("Control+p");
  await expect(page.getByText(/promemoria-.*\.pdf/)).toBeVisible();
  expect(await desk.now.paper()).toContain("IN ATTESA DI CONFERMA");
});

test("a list of thousands of places draws only those close to the eye", async ({ page }) => {
  await desk.now.ask({ kind: "demo_link", up: true }, "status");
  await fill(page, "Visita oculistica, classe P");
  const list = await places(page);
  await list.focus();
  const last = list.getByRole("option").last();
  for (let step = 0; step < 45; step += 1) {
    const before = Number(await last.getAttribute("aria-posinset"));
    await page.keyboard.press("End");
    await expect.poll(async () => Number(await last.getAttribute("aria-posinset"))).toBeGreaterThan(before);
  }
  expect(Number(await last.getAttribute("aria-posinset"))).toBeGreaterThan(2000);
  expect(await list.getByRole("option").count()).toBeLessThan(400);
  await expect(page.getByText(/2\.?\d{3} posti in \d+ agende/)).toBeVisible();
  await accessible(page, "a list of thousands");
  await shot(page, "migliaia-di-posti");
  // The arrows work at the end as at the beginning.
  await page.keyboard.press("ArrowUp");
  const active = (await list.getAttribute("aria-activedescendant")) ?? "";
  await expect(page.locator(`#${active}`)).toBeInViewport();
  await page.keyboard.press("Home");
  await expect(page.locator("#row-0")).toBeInViewport();
});
