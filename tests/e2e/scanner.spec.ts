// The scanner, and letters typed by hand.
import type { Page } from "@playwright/test";

import { accessible, expect, fill, open, places, shot, takeFirst, test, withDesk } from "./desk";

const desk = withDesk();
const field = (page: Page) => page.getByLabel(/^Scansiona o scrivi/);

test.beforeEach(({ page }) => open(page, desk.now));

/** Keys as fast as a scanner sends them, to wherever the focus is. */
async function scan(page: Page, text: string, end: "Enter" | "Tab" = "Enter"): Promise<void> {
  await page.keyboard.type(text);
  await page.keyboard.press(end);
}

for (const order of ["first half first", "second half first"]) {
  test(`an NRE is put together from its two bar codes, ${order}`, async ({ page }) => {
    const { nre } = (await desk.now.prescription("Visita ortopedica, classe D")).prescription;
    const halves = [nre.slice(0, 5), nre.slice(5)];
    if (order === "second half first") halves.reverse();
    await field(page).focus();
    await scan(page, halves[0] ?? "");
    await expect(page.getByText(order === "first half first" ? "Prima metà dell’NRE: manca la seconda" : "Seconda metà dell’NRE: manca la prima")).toBeVisible();
    await scan(page, halves[1] ?? "");
    await expect(page.getByLabel("NRE", { exact: true })).toHaveValue(nre);
    // The demonstration knows the prescription: the form is filled.
    await expect(page.getByRole("listitem").filter({ hasText: "Visita ortopedica" })).toBeVisible();
  });
}

test("a half that waits for the other is forgotten with its form", async ({ page }) => {
  const { nre } = (await desk.now.prescription("Visita ortopedica, classe D")).prescription;
  await field(page).focus();
  await scan(page, nre.slice(0, 5));
  await page.keyboard.press("F2");
  await scan(page, nre.slice(5));
  await expect(page.getByText("Seconda metà dell’NRE: manca la prima")).toBeVisible();
  await expect(page.getByLabel("NRE", { exact: true })).toHaveValue("");
});

test("Tab ends a scan as Enter does, and signs of the bar code are left out", async ({ page }) => {
  await field(page).focus();
  await scan(page, "*rssmra80a01d969z*", "Tab");
  await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toHaveValue("RSSMRA80A01D969Z");
  await expect(page.getByLabel("Data di nascita")).toHaveValue("01/01/1980");
  await expect(page.getByText("Nato a Genova (GE)")).toBeVisible();
});

test("omocodia is accepted, a wrong check letter is refused and said which it should be", async ({ page }) => {
  await field(page).focus();
  await scan(page, "RSSMRA80A01D96VO");
  await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toHaveValue("RSSMRA80A01D96VO");
  await page.keyboard.press("F2");
  await scan(page, "RSSMRT57D12D612R");
  await expect(page.getByText("La lettera di controllo dovrebbe essere E: ricontrolla il codice.")).toBeVisible();
  // What is wrong stays in the field, to be mended.
  await expect(field(page)).toHaveValue("RSSMRT57D12D612R");
  await accessible(page, "a wrong check letter in the scan field");
  await shot(page, "lettera-di-controllo");
});

test("the scanner's Enter never confirms: on the button, in the list, or in a dialog", async ({ page }) => {
  await fill(page, "Visita oculistica, classe P");
  await takeFirst(page);
  const before = (await desk.now.ask({ kind: "queue", part: "settled", offset: 0, limit: 1 }, "queue")).settled;
  await page.getByRole("button", { name: /^Conferma/ }).focus();
  await scan(page, "RSSMRA80A01D969Z");
  // The scan went where scans go.
  await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toHaveValue("RSSMRA80A01D969Z");
  await fill(page, "Visita oculistica, classe P");
  await (await places(page)).focus();
  await scan(page, "VRDLGI75B41D969");
  await expect(page.getByRole("button", { name: /^Conferma/ })).toBeDisabled();
  await page.keyboard.press("Control+k");
  await scan(page, "conferma");
  await expect(page.getByRole("dialog", { name: "Comandi" })).toBeVisible();
  await page.keyboard.press("Escape");
  expect((await desk.now.ask({ kind: "queue", part: "settled", offset: 0, limit: 1 }, "queue")).settled).toBe(before);
  expect((await desk.now.ask({ kind: "status" }, "status")).queued).toBe(0);
});

test("letters are inert in fields, work in a list that has the focus, and can be switched off", async ({ page }) => {
  await fill(page, "Visita oculistica, classe P");
  await places(page);
  const calendar = page.getByRole("button", { name: "Calendario" });
  const map = page.getByRole("button", { name: "Mappa" });
  await page.getByLabel("Cognome").focus();
  await page.keyboard.type("cmdks", { delay: 120 });
  await expect(page.getByLabel("Cognome")).toHaveValue(/cmdks$/);
  await expect(calendar).toHaveAttribute("aria-pressed", "false");
  await (await places(page)).focus();
  await page.keyboard.press("c");
  await expect(calendar).toHaveAttribute("aria-pressed", "true");
  await calendar.click();
  await (await places(page)).focus();
  await page.keyboard.press("m");
  await expect(map).toHaveAttribute("aria-pressed", "true");
  await map.click();
  await page.keyboard.press("Alt+3");
  await page.getByLabel("Lettere come tasti rapidi negli elenchi").uncheck();
  await page.keyboard.press("Alt+1");
  await (await places(page)).focus();
  await page.keyboard.press("c");
  // Timers end in their order: had the letter worked, it would have by now.
  await page.evaluate(() => new Promise((after) => setTimeout(after, 200)));
  await expect(calendar).toHaveAttribute("aria-pressed", "false");
  await page.keyboard.press("F1");
  await expect(page.getByText("Spente; si accendono nelle Impostazioni.")).toBeVisible();
  await desk.now.ask({ kind: "set_preferences", preferences: { language: "it", zoom: 100, high_contrast: false, dense: false, letter_keys: true, lock_minutes: 10 } }, "preferences");
});

test("nothing of one patient stands beside the code of another", async ({ page }) => {
  await fill(page, "Visita oculistica, classe P");
  await expect(page.getByLabel("Cognome")).not.toHaveValue("");
  await field(page).focus();
  await scan(page, "RSSMRA80A01D969Z");
  await expect(page.getByLabel("Codice fiscale, STP, ENI o TEAM")).toHaveValue("RSSMRA80A01D969Z");
  await expect(page.getByLabel("Cognome")).toHaveValue("");
  await expect(page.getByLabel("Telefono")).toHaveValue("");
});

test("the scanner test says what it read and how it came, and keeps nothing", async ({ page }) => {
  await page.keyboard.press("Alt+3");
  await page.getByLabel("Leggi qui").focus();
  await scan(page, "RSSMRA80A01D969Z");
  await expect(page.getByText("un codice di assistito")).toBeVisible();
  await expect(page.getByText("lettore", { exact: true })).toBeVisible();
  await page.keyboard.type("12345", { delay: 120 });
  await page.keyboard.press("Enter");
  await expect(page.getByText("tastiera", { exact: true })).toBeVisible();
  await expect(page.getByText("una metà di NRE")).toBeVisible();
  await accessible(page, "Impostazioni, scanner test");
  await shot(page, "prova-lettore");
});
