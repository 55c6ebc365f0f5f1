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
    for (const [screen, shown] of [["Alt+1", "Posti liberi"], ["Alt+2", "Coda"], ["Alt+3", "Diagnostica"]] as const) {
      await page.keyboard.press(screen);
      await expect(page.getByRole("heading", { name: shown })).toBeVisible();
      if (screen === "Alt+3") await expect(page.getByText("Nessuna anomalia")).toBeVisible();
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
  // The focus is not lost: it is on the booking in the list, or on its heading where the row went away
  // and came again with the operation.
  await expect(page.locator("[data-pane] :focus")).toHaveCount(1);
  await page.keyboard.press("Control+p");
  await expect(page.getByText(/promemoria-.*-annullata\.pdf/)).toBeVisible();
  expect(await desk.paper()).toContain("ANNULLATA");
}

/** Tab goes through everything that can be pressed or filled, shows where it is, and comes out again. */
async function everythingIsReached(page: Page, where: string): Promise<void> {
  const count = await page.evaluate(() => {
    const groups = new Set<string>();
    const takes = (element: HTMLElement) => {
      if (!element.matches("button:not(:disabled), input:not(:disabled), select:not(:disabled), summary, [tabindex='0']")) return false;
      if (element.tabIndex < 0 || !element.checkVisibility()) return false;
      if (!(element instanceof HTMLInputElement) || element.type !== "radio") return true;
      // One of a group takes the focus; the arrows reach the others.
      const chosen = document.querySelector(`input[name="${element.name}"]:checked`);
      if (groups.has(element.name) || (chosen && chosen !== element)) return false;
      groups.add(element.name);
      return true;
    };
    const waiting = new Set([...document.querySelectorAll<HTMLElement>("*")].filter(takes));
    Reflect.set(window, "waiting", waiting);
    (document.activeElement as HTMLElement | null)?.blur();
    return waiting.size;
  });
  let out = false;
  for (let step = 0; step < count + 5; step += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const on = document.activeElement as HTMLElement;
      (Reflect.get(window, "waiting") as Set<HTMLElement>).delete(on);
      return { name: on.outerHTML.slice(0, 90), ring: getComputedStyle(on).outlineStyle, out: on === document.body };
    });
    out ||= now.out;
    if (!now.out) expect(now.ring, `the focus is seen on ${now.name}`).not.toBe("none");
  }
  const missed = await page.evaluate(() => [...(Reflect.get(window, "waiting") as Set<HTMLElement>)].map((one) => one.outerHTML.slice(0, 90)));
  expect(missed, `not reached on ${where}`).toEqual([]);
  // Out of the page and in again: nothing holds it.
  expect(out, `the focus comes out of ${where}`).toBe(true);
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
