// One whole run by keyboard alone: from the first key to the printed slip, then the queue and a
// cancellation. No pointer is moved or pressed in this file, and the page is asked whether one was.
import type { Page } from "@playwright/test";

import { Desk, PASSPHRASE, accessible, expect, shot, test } from "./desk";

test("a doctor works by keyboard alone, from the first key to the printed slip", async ({ page }) => {
  const desk = await Desk.start();
  try {
    await watchPointers(page);
    await page.goto(desk.address);
    await firstStart(page);
    await book(page, desk);
    await cancel(page, desk);
    expect(await page.evaluate(() => Reflect.get(window, "pointers"))).toBe(0);
  } finally {
    await desk.stop();
  }
});

test("the keys reach everything, trap nowhere, and dialogs give the focus back", async ({ page }) => {
  const desk = await Desk.ready();
  try {
    await watchPointers(page);
    await page.goto(desk.address);
    await expect(page.getByLabel(/^Scansiona o scrivi/)).toBeFocused();
    await fillByScan(page, (await desk.prescription("Visita cardiologica, classe D")).prescription.nre);
    for (const screen of ["Alt+1", "Alt+2", "Alt+3"]) {
      await page.keyboard.press(screen);
      await everythingIsReached(page, screen);
    }
    await page.keyboard.press("Alt+1");
    await page.keyboard.press("F3");
    await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toBeFocused();
    for (const dialog of ["F1", "Control+k"]) {
      await page.keyboard.press(dialog);
      await expect(page.getByRole("dialog")).toBeVisible();
      await staysInside(page);
      await page.keyboard.press("Escape");
      await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toBeFocused();
    }
    expect(await page.evaluate(() => Reflect.get(window, "pointers"))).toBe(0);
  } finally {
    await desk.stop();
  }
});

/** Counts what a pointer does. */
async function watchPointers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.set(window, "pointers", 0);
    for (const kind of ["pointerdown", "mousedown", "touchstart"])
      window.addEventListener(kind, () => Reflect.set(window, "pointers", Number(Reflect.get(window, "pointers")) + 1), true);
  });
}

async function firstStart(page: Page): Promise<void> {
  await expect(page.getByLabel("Frase segreta")).toBeFocused();
  await page.keyboard.type(PASSPHRASE);
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Codice di attivazione")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel(/^Scansiona o scrivi/)).toBeFocused();
}

/** Types a number into the scan field and waits for the places, on which the focus then is. */
async function fillByScan(page: Page, nre: string): Promise<void> {
  await page.keyboard.type(nre);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("listbox", { name: "Posti liberi" })).toBeFocused();
}

async function book(page: Page, desk: Desk): Promise<void> {
  const ready = await desk.prescription("Ecografia dell'addome completo, classe D");
  // Three actions from the scan to the booking.
  await fillByScan(page, ready.prescription.nre);
  await shot(page, "tastiera-letta");
  await page.keyboard.press("Enter");
  await expect(page.getByText(/Posto trattenuto per/)).toBeVisible();
  await page.keyboard.press("F9");
  await expect(page.getByText("Confermata", { exact: true })).toBeVisible();
  await accessible(page, "by keyboard, confirmed");
  // And the paper.
  await page.keyboard.press("Control+p");
  await expect(page.getByText(/promemoria-.*\.pdf/)).toBeVisible();
  const paper = await desk.paper();
  expect(paper).toContain("PRENOTAZIONE CONFERMATA");
  expect(paper).toContain(ready.patient.surname);
}

async function cancel(page: Page, desk: Desk): Promise<void> {
  await page.keyboard.press("F8");
  await page.keyboard.press("F6");
  await expect(page.getByRole("tab", { selected: true })).toBeFocused();
  await expect(page.getByRole("tab", { name: "Inviate (1)" })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /^Prenotazione / })).toBeVisible();
  // A letter, while the list has the focus.
  await page.keyboard.press("a");
  await expect(page.getByLabel("Motivo")).toBeFocused();
  // As a hand types: what is faster is a scan.
  await page.keyboard.type("Impegno", { delay: 90 });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("Annullata", { exact: true }).locator("visible=true").first()).toBeVisible();
  await expect(page.getByRole("dialog")).toBeHidden();
  // The focus is where it was before the dialog: on the booking in the list.
  await expect(page.getByRole("tabpanel").getByRole("button").first()).toBeFocused();
  await page.keyboard.press("Control+p");
  await expect(page.getByText(/promemoria-.*\.pdf/)).toBeVisible();
  expect(await desk.paper()).toContain("ANNULLATA");
}

/** Who has the focus, so that two of them can be told apart. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const all = [...document.querySelectorAll("*")];
    return document.activeElement === document.body ? -1 : all.indexOf(document.activeElement as Element);
  });

/** Tab goes through everything that can be pressed or filled, shows where it is, and comes out again. */
async function everythingIsReached(page: Page, where: string): Promise<void> {
  const reachable = await page.evaluate(() => {
    const all = [...document.querySelectorAll("*")];
    const group = new Set<string>();
    return all.flatMap((one, at) => {
      const element = one as HTMLElement;
      const takes = element.matches("button:not(:disabled), input:not(:disabled), select:not(:disabled), summary, [tabindex='0']");
      if (!takes || element.tabIndex < 0 || !element.checkVisibility()) return [];
      if (element instanceof HTMLInputElement && element.type === "radio") {
        // One of a group takes the focus; the arrows reach the others.
        const chosen = document.querySelector(`input[name="${element.name}"]:checked`);
        if (group.has(element.name) || (chosen && chosen !== element)) return [];
        group.add(element.name);
      }
      return [at];
    });
  });
  const seen = new Set<number>();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let step = 0; step < reachable.length + 5; step += 1) {
    await page.keyboard.press("Tab");
    const at = await focused(page);
    if (at >= 0 && !seen.has(at)) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
      expect(outline, `the focus is seen at ${at}`).not.toBe("none");
    }
    seen.add(at);
  }
  const missed = reachable.filter((at) => !seen.has(at));
  const names = await page.evaluate((all) => all.map((at) => document.querySelectorAll("*")[at]?.outerHTML.slice(0, 90)), missed);
  expect(names, `not reached on ${where}`).toEqual([]);
  // Out of the page and in again: nothing holds it.
  expect(seen.has(-1) || seen.size >= reachable.length).toBe(true);
}

async function staysInside(page: Page): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press("Tab");
    const where = await page.evaluate(() => {
      const now = document.activeElement;
      return now === document.body || now?.closest("dialog") !== null;
    });
    expect(where, "the focus stays in the dialog").toBe(true);
  }
}
