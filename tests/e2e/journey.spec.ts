// The main journey in the browser: first start, booking on line and off, reconnection, queue.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { accessible, expect, test } from "./desk";

const shots = process.env.LANTERNA_SHOTS;

test.describe.configure({ mode: "serial" });

test("a doctor books, on line and off", async ({ page, desk }) => {
  const foreign: string[] = [];
  const own = new URL(desk.address).origin;
  page.on("request", (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  let step = 0;
  const shot = async (name: string) => {
    step += 1;
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    await page.screenshot({ path: join(shots, `${String(step).padStart(2, "0")}-${name}.png`) });
  };
  const pick = async (row: number) => {
    await page.getByRole("button", { name: "Ricetta di prova" }).click();
    await accessible(page, "the list of test prescriptions");
    await page.getByRole("dialog").getByRole("row").nth(row).getByRole("button").click();
  };
  const book = async () => {
    const results = page.getByRole("listbox", { name: "Posti liberi" });
    await expect(results.getByRole("option").first()).toBeVisible();
    await results.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: /^Conferma/ })).toBeEnabled();
  };

  // First start.
  await page.goto(desk.address);
  await expect(page.getByRole("heading", { name: "Primo avvio" })).toBeVisible();
  await accessible(page, "first start, key");
  await shot("primo-avvio-chiave");
  await page.getByLabel("Frase segreta").fill("breve");
  await page.getByRole("button", { name: "Crea l’archivio" }).click();
  await expect(page.getByText("almeno 8 caratteri", { exact: false }).last()).toBeVisible();
  await page.getByLabel("Frase segreta").fill("una frase abbastanza lunga");
  await page.getByRole("button", { name: "Crea l’archivio" }).click();
  await expect(page.getByLabel("Codice di attivazione")).not.toHaveValue("");
  await accessible(page, "first start, activation");
  await shot("primo-avvio-attivazione");
  await page.getByRole("button", { name: "Prova con dati dimostrativi" }).click();
  await expect(page.getByRole("heading", { name: "Assistito" })).toBeVisible();
  await expect(page.getByText("DIMOSTRAZIONE – centrale")).toBeVisible();
  await accessible(page, "Prenota, empty");
  await shot("prenota-vuota");

  // On line.
  await pick(1);
  await book();
  await expect(page.getByText(/Posto trattenuto per/)).toBeVisible();
  await accessible(page, "Prenota, place held");
  await shot("posto-trattenuto");
  await page.keyboard.press("F9");
  await expect(page.getByText("Confermata", { exact: true })).toBeVisible();
  await accessible(page, "Prenota, confirmed");
  await shot("confermata");
  await page.getByRole("button", { name: /Stampa promemoria/ }).click();
  await expect(page.getByText(/promemoria-.*\.pdf/)).toBeVisible();

  // Off line.
  await page.getByRole("button", { name: "Stacca rete" }).click();
  await expect(page.getByText("Fuori linea: nessuna rete verso il CUP")).toBeVisible();
  await pick(2);
  await book();
  await page.keyboard.press("F9");
  await expect(page.getByText("In coda – non confermata", { exact: true })).toBeVisible();
  await accessible(page, "Prenota, queued off line");
  await shot("fuori-linea-in-coda");

  // The queue, off line and after the link is back.
  await page.keyboard.press("F8");
  await expect(page.getByRole("tab", { name: "In coda (1)" })).toBeVisible();
  await page.getByRole("tab", { name: "In coda (1)" }).click();
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await expect(page.getByRole("heading", { name: /^Prenotazione / })).toBeVisible();
  await accessible(page, "Coda, waiting");
  await shot("coda-in-attesa");
  await page.getByRole("button", { name: "Riattacca" }).click();
  await expect(page.getByRole("tab", { name: "In coda (0)" })).toBeVisible();
  await expect(page.getByText("In linea", { exact: true })).toBeVisible();
  await page.getByRole("tab", { name: /^Inviate/ }).click();
  await expect(page.getByRole("tabpanel").getByText("Confermata").first()).toBeVisible();
  await accessible(page, "Coda, sent");
  await shot("coda-inviate");

  // Cancelling.
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await page.getByRole("button", { name: "Annulla", exact: true }).click();
  await accessible(page, "the dialog of cancelling");
  await page.getByLabel("Motivo").fill("Richiesta dell’assistito");
  await shot("annulla");
  await page.getByRole("button", { name: "Annulla la prenotazione" }).click();
  await expect(page.getByText("Annullata", { exact: true }).locator("visible=true").first()).toBeVisible();
  await shot("annullata");
  await page.keyboard.press("F1");
  await expect(page.getByRole("dialog", { name: "Tasti rapidi" })).toBeVisible();
  await accessible(page, "the keys");
  expect(foreign).toEqual([]);
});
