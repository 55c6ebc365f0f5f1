// The main journey in the browser: first start, booking on line and off, reconnection, queue.
import { Desk, PASSPHRASE, accessible, expect, fill, shot, takeFirst, test } from "./desk";

test("a doctor books, on line and off", async ({ page }) => {
  const desk = await Desk.start();
  try {
    await firstStart(page, desk);
    await onLine(page);
    await offLine(page);
    await queue(page);
  } finally {
    await desk.stop();
  }
});

type Page = Parameters<typeof shot>[0];

async function firstStart(page: Page, desk: Desk): Promise<void> {
  await page.goto(desk.address);
  await expect(page.getByRole("heading", { name: "Primo avvio" })).toBeVisible();
  await accessible(page, "first start, key");
  await shot(page, "primo-avvio-chiave");
  await page.getByLabel("Frase segreta").fill("breve");
  await page.getByRole("button", { name: "Crea l’archivio" }).click();
  await expect(page.getByText("La frase segreta deve avere almeno 8 caratteri.")).toBeVisible();
  await accessible(page, "first start, a passphrase that is too short");
  await shot(page, "primo-avvio-frase-breve");
  await page.getByLabel("Frase segreta").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Crea l’archivio" }).click();
  await expect(page.getByLabel("Codice di attivazione")).not.toHaveValue("");
  await accessible(page, "first start, activation");
  await shot(page, "primo-avvio-attivazione");
  await page.getByRole("button", { name: "Prova con dati dimostrativi" }).click();
  await expect(page.getByRole("heading", { name: "Assistito" })).toBeVisible();
  await expect(page.getByText("DIMOSTRAZIONE – centrale")).toBeVisible();
  await accessible(page, "Prenota, empty");
  await shot(page, "prenota-vuota");
}

async function onLine(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Ricetta di prova" }).click();
  await accessible(page, "the list of test prescriptions");
  await shot(page, "ricette-di-prova");
  await page.keyboard.press("Escape");
  await fill(page, "Visita cardiologica, classe D");
  await takeFirst(page);
  await expect(page.getByText(/Posto trattenuto per/)).toBeVisible();
  await accessible(page, "Prenota, place held");
  await shot(page, "posto-trattenuto");
  await page.keyboard.press("F9");
  await expect(page.getByText("Confermata", { exact: true })).toBeVisible();
  await accessible(page, "Prenota, confirmed");
  await shot(page, "confermata");
  await page.getByRole("button", { name: /Stampa promemoria/ }).click();
  await expect(page.getByText(/promemoria-.*\.pdf/)).toBeVisible();
}

async function offLine(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Stacca rete" }).click();
  await expect(page.getByText("Fuori linea – nessuna rete verso il CUP")).toBeVisible();
  await fill(page, "Visita oculistica, classe P");
  await takeFirst(page);
  await accessible(page, "Prenota, off line");
  await page.keyboard.press("F9");
  await expect(page.getByText("In coda – non confermata", { exact: true })).toBeVisible();
  await accessible(page, "Prenota, queued off line");
  await shot(page, "fuori-linea-in-coda");
  await page.getByRole("button", { name: /Stampa promemoria/ }).click();
  await expect(page.getByText(/promemoria-.*-in-attesa\.pdf/)).toBeVisible();
}

async function queue(page: Page): Promise<void> {
  await page.keyboard.press("F8");
  await page.getByRole("tab", { name: "In coda (1)" }).click();
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await expect(page.getByRole("heading", { name: /^Prenotazione / })).toBeVisible();
  await accessible(page, "Coda, waiting");
  await shot(page, "coda-in-attesa");
  await page.getByRole("button", { name: /Ristampa/ }).click();
  await expect(page.getByText(/promemoria-.*-in-attesa\.pdf/)).toHaveCount(2);
  await page.getByRole("button", { name: "Riattacca" }).click();
  await expect(page.getByRole("tab", { name: "In coda (0)" })).toBeVisible();
  await expect(page.getByRole("contentinfo").getByText("Online", { exact: true })).toBeVisible();
  await expect(page.getByText(/^Tutto trasmesso, ore \d\d:\d\d$/)).toBeVisible();
  await accessible(page, "Coda, nothing waiting");
  await shot(page, "coda-tutto-trasmesso");
  // Nobody is told to hand over the slip that waits for an answer which is there.
  await expect(page.getByText(/promemoria-.*-in-attesa\.pdf/)).toHaveCount(0);
  await page.getByRole("tab", { name: /^Inviate/ }).click();
  await expect(page.getByRole("tabpanel").getByText("Confermata").first()).toBeVisible();
  await accessible(page, "Coda, sent");
  await shot(page, "coda-inviate");
  await page.getByRole("tabpanel").getByRole("button").first().click();
  await page.getByRole("button", { name: "Annulla", exact: true }).click();
  await accessible(page, "the dialog of cancelling");
  await page.getByRole("button", { name: "Annulla la prenotazione" }).click();
  await expect(page.getByText("Campo da compilare.")).toBeVisible();
  await accessible(page, "the dialog of cancelling, without a reason");
  await page.getByLabel("Motivo").fill("Richiesta dell’assistito");
  await shot(page, "annulla");
  await page.getByRole("button", { name: "Annulla la prenotazione" }).click();
  await expect(page.getByText("Annullata", { exact: true }).locator("visible=true").first()).toBeVisible();
  await accessible(page, "Coda, cancelled");
  await shot(page, "annullata");
}
