// Every state of the screens, looked at with axe: conflicts, calendar, map, move, errors, service states.
import type { Page } from "@playwright/test";

import { accessible, expect, fill, open, places, shot, takeFirst, test, withDesk } from "./desk";

const desk = withDesk();

test.beforeEach(({ page }) => open(page, desk.now));

const outcome = (page: Page, words: string | RegExp) => expect(page.locator(".panes").getByText(words, { exact: true })).toBeVisible();

test("a place that a second desk takes meanwhile ends in Da risolvere, with alternatives", async ({ page }) => {
  const second = await desk.now.second();
  try {
    // Two bookings off line, urgent ones.
    await page.getByRole("button", { name: "Stacca rete" }).click();
    for (const title of ["Urgente: visita cardiologica, classe U", "Visita dermatologica, classe B"]) {
      const ready = await desk.now.prescription(title);
      await fill(page, ready.title);
      await takeFirst(page);
      await page.keyboard.press("F9");
      await outcome(page, "In coda – non confermata");
      // The second desk takes the very places, for other patients.
      const { rows } = await desk.now.ask({ kind: "queue", part: "waiting", offset: 0, limit: 10 }, "queue");
      const mine = await desk.now.ask({ kind: "booking", number: rows.at(-1)?.number ?? "" }, "booking");
      const other = await second.ask(
        {
          kind: "book",
          draft: {
            draft: crypto.randomUUID(),
            patient: { ...ready.patient, id: "RSSMRA80A01D969Z", surname: "Rossi", given_name: "Mario", birth_date: null, sex: null },
            prescription: { ...ready.prescription, nre: `${ready.prescription.nre.slice(0, 12)}999` },
            spans: mine.appointments.map((one) => one.span),
            requested_at: null,
            first_proposed: null,
            hold: null,
          },
        },
        "booking",
      );
      expect(other.state).toBe("confirmed");
    }
    await page.getByRole("button", { name: "Riattacca" }).click();
    await outcome(page, "Da risolvere (posto occupato)");
    await accessible(page, "Prenota, the place was lost");
    await shot(page, "esito-posto-occupato");
    await page.keyboard.press("F8");
    await page.getByRole("tab", { name: "Da risolvere (2)" }).click();
    await accessible(page, "Coda, to resolve");
    await page.getByRole("tabpanel").getByRole("button").first().click();
    await expect(page.getByRole("button", { name: /^Riprenota/ })).toHaveCount(3);
    await accessible(page, "Coda, conflict with alternatives");
    await shot(page, "conflitto-alternative");
    // Giving up is asked about.
    await page.getByRole("button", { name: "Rinuncia", exact: true }).click();
    await accessible(page, "the dialog of giving up");
    await shot(page, "rinuncia");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("button", { name: "Rinuncia", exact: true })).toBeFocused();
    // One choice settles it, and nothing has the focus but what is still there.
    await page.getByRole("button", { name: /^Riprenota/ }).first().click();
    await expect(page.getByRole("tab", { name: "Da risolvere (1)" })).toBeVisible();
    await expect(page.getByRole("heading", { name: /^Prenotazione / })).toBeFocused();
    await expect(page.locator("section").last().getByText("Confermata", { exact: true })).toBeVisible();
    await accessible(page, "Coda, settled by an alternative");
    await page.getByRole("tabpanel").getByRole("button").first().click();
    await page.getByRole("button", { name: "Rinuncia", exact: true }).click();
    await page.getByRole("button", { name: "Rinuncia al posto" }).click();
    await expect(page.getByText("Niente da risolvere")).toBeVisible();
    await accessible(page, "Coda, nothing to resolve");
    await shot(page, "niente-da-risolvere");
  } finally {
    await desk.now.ask({ kind: "demo_link", up: true }, "status");
    await second.stop();
  }
});

test("calendar and map have the same values as the list, and lead back to it", async ({ page }) => {
  const ready = await desk.now.prescription("Visita ortopedica, classe D");
  await fill(page, ready.title);
  await places(page);
  await page.getByRole("button", { name: "Calendario" }).click();
  const cells = page.getByRole("table").getByRole("button");
  await expect(cells.first()).toBeVisible();
  await expect(cells.first()).toHaveAccessibleName(/^(lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica) \d\d\/\d\d\/\d{4}: (un posto libero|\d+ posti liberi)/);
  await accessible(page, "Prenota, heat calendar");
  await shot(page, "calendario");
  await page.getByRole("button", { name: "Successive" }).click();
  await accessible(page, "Prenota, heat calendar, later weeks");
  await page.getByRole("button", { name: "Mappa" }).click();
  const table = page.getByRole("table", { name: "Posti liberi per comune e sede" });
  await expect(table).toBeVisible();
  await accessible(page, "Prenota, map");
  await shot(page, "mappa");
  // Each circle's number is its municipality's in the table.
  const circles = await page.locator("svg .town").evaluateAll((all) => all.map((one) => [one.querySelector("title")?.textContent?.split(":")[0], one.querySelector("text")?.textContent]));
  const rows = await table.locator("tr.sum").evaluateAll((all) => all.map((one) => [one.querySelector("th")?.textContent, one.querySelector("td")?.textContent]));
  const sorted = (all: unknown[][]) => all.map((one) => one.join(" ")).sort();
  expect(circles.length).toBeGreaterThan(3);
  expect(sorted(circles)).toEqual(sorted(rows));
  // A site of the table narrows the list to it.
  const site = table.locator("tr:not(.sum) button").first();
  const name = (await site.textContent()) ?? "";
  await site.click();
  const list = await places(page);
  await expect(list.getByRole("option").first()).toContainText(name);
  await accessible(page, "Prenota, one site");
  await page.getByRole("button", { name: `Togli ${name}` }).click();
  await expect(page.getByRole("button", { name: `Togli ${name}` })).toBeHidden();
});

test("a booking is moved; its old place stays until the new one is confirmed", async ({ page }) => {
  await fill(page, "Visita otorinolaringoiatrica, classe P");
  await takeFirst(page);
  await page.keyboard.press("F9");
  await outcome(page, "Confermata");
  await page.getByRole("button", { name: "Apri nella coda" }).click();
  await page.getByRole("button", { name: "Sposta" }).click();
  await expect(page.getByText(/il posto attuale resta finché il nuovo non è confermato/)).toBeVisible();
  await expect(page.getByRole("listbox", { name: "Posti liberi" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^Conferma lo spostamento/ })).toBeEnabled();
  await accessible(page, "Prenota, moving");
  await shot(page, "sposta");
  await page.keyboard.press("F9");
  await outcome(page, "Confermata");
  await page.getByRole("button", { name: "Apri nella coda" }).click();
  await expect(page.getByText("Spostamento: confermata dal CUP")).toBeVisible();
  await accessible(page, "Coda, moved");
  await shot(page, "spostata");
});

const wrong: [string, (page: Page) => Promise<void>, string | RegExp][] = [
  ["a wrong check letter", (page) => type(page, "Codice fiscale, STP, ENI o TEAM", "RSSMRT57D12D612R"), "La lettera di controllo dovrebbe essere E: ricontrolla il codice."],
  ["a code that is too short", (page) => type(page, "Codice fiscale, STP, ENI o TEAM", "RSSMRA80A01D96"), /Il codice fiscale ha 16 caratteri|Non è un codice fiscale/],
  ["a wrong NRE", (page) => type(page, "NRE", "0700A4X23456789"), /Il carattere \d+ dell’NRE non va bene/],
  ["an NRE that is too short", (page) => type(page, "NRE", "0700A4"), "L’NRE ha 15 caratteri, qui sono 6."],
  ["a date that is none", (page) => type(page, "Data della ricetta", "31/02/2026"), "Data da scrivere gg/mm/aaaa."],
  ["a birth date that is another", (page) => type(page, "Data di nascita", "01/01/1999"), "La data di nascita non va d’accordo con il codice fiscale o è nel futuro."],
  ["a last day in the past", (page) => type(page, "Al", "01/01/2020"), "La data è già passata."],
];

async function type(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  await field.fill(text);
  await field.blur();
}

for (const [what, spoil, words] of wrong) {
  test(`${what} is told on its field, and nothing typed is lost`, async ({ page }) => {
    await fill(page, "Elettrocardiogramma, classe D");
    await places(page);
    const surname = await page.getByLabel("Cognome").inputValue();
    await spoil(page);
    await expect(page.getByText(words).first()).toBeVisible();
    await accessible(page, what);
    await shot(page, `errore-${what.replaceAll(" ", "-")}`);
    await expect(page.getByLabel("Cognome")).toHaveValue(surname);
  });
}

for (const [title, words] of [
  ["Ricetta scaduta da 20 giorni", /^La ricetta è scaduta il \d\d\/\d\d\/\d{4}: serve una nuova ricetta\.$/],
  ["Ricetta che scade fra 5 giorni", /^La ricetta scade fra 5 giorni\.$/],
  ["Età non ammessa: colonscopia a 8 anni", /fuori dai limiti di età o sesso/],
  ["Sesso non ammesso: mammografia a un uomo", /fuori dai limiti di età o sesso/],
  ["Due branche su una ricetta", "Le prestazioni di una ricetta sono di una sola branca."],
  ["Prestazione fuori dal catalogo della regione", "La prestazione 90.27.1 non è nel catalogo."],
] as const) {
  test(`«${title}» says what is the matter`, async ({ page }) => {
    await fill(page, title);
    await expect(page.getByText(words).first()).toBeVisible();
    await accessible(page, title);
    await shot(page, title.toLowerCase().replace(/[^a-z]+/g, "-"));
  });
}

test("a booking with an expired prescription is refused on the field of its date", async ({ page }) => {
  await fill(page, "Ricetta scaduta da 20 giorni");
  await takeFirst(page);
  await page.keyboard.press("F9");
  const date = page.getByLabel("Data della ricetta");
  await expect(date).toHaveAttribute("aria-invalid", "true");
  await expect(date).toBeFocused();
  await expect(page.getByRole("alert")).toContainText("La ricetta è scaduta");
  await accessible(page, "refused, expired");
});

test("nothing in time offers its ways out at once", async ({ page }) => {
  await fill(page, "Niente in tempo: polisonnografia");
  await expect(page.getByRole("button", { name: /^Prima data utile/ })).toBeVisible();
  await page.getByLabel("Entro km").fill("1");
  await expect(page.getByText(/^Nessun posto (entro i tempi della classe|con questi filtri)\.$/)).toBeVisible();
  await expect(page.getByRole("button", { name: /^Allarga l’area/ })).toBeVisible();
  await accessible(page, "nothing in time");
  await shot(page, "niente-nei-tempi");
  await page.getByRole("button", { name: /^Allarga l’area/ }).click();
  await places(page);
});

for (const [state, words] of [
  ["read-only", "CUP in sola lettura: si cerca e si mette in coda"],
  ["frozen", "CUP in passaggio: le prenotazioni restano qui"],
  ["closed", "Prenotazioni chiuse per questo canale"],
] as const) {
  test(`a central that is ${state} is obeyed, and said`, async ({ page }) => {
    await desk.now.service(state);
    try {
      await expect(page.getByText(words)).toBeVisible();
      await fill(page, "Visita urologica");
      await takeFirst(page);
      await expect(page.getByText(/Online: la conferma del CUP arriva subito/)).toBeHidden();
      await accessible(page, `Prenota, ${state}`);
      await shot(page, `cup-${state}`);
      await page.keyboard.press("F9");
      if (state === "closed") await expect(page.getByRole("alert")).toContainText("Il CUP ha chiuso le prenotazioni per questo canale.");
      else await outcome(page, "In coda – non confermata");
      await accessible(page, `Prenota, ${state}, after F9`);
      if (state !== "closed") {
        await page.getByRole("button", { name: "Apri nella coda" }).click();
        await page.getByRole("button", { name: "Annulla", exact: true }).click();
        await page.getByLabel("Motivo").fill("prova");
        await page.getByRole("button", { name: "Annulla la prenotazione" }).click();
        await expect(page.getByRole("dialog")).toBeHidden();
      }
    } finally {
      await desk.now.service("open");
    }
  });
}

test("what a locked desk hides is neither seen nor reached, and is there again afterwards", async ({ page }) => {
  await fill(page, "Visita fisiatrica");
  await places(page);
  const surname = await page.getByLabel("Cognome").inputValue();
  await page.getByLabel("Telefono").fill("010 5551234");
  await page.getByRole("button", { name: "Blocca" }).click();
  await expect(page.getByRole("heading", { name: "Sblocco" })).toBeVisible();
  await expect(page.getByLabel("Frase segreta")).toBeFocused();
  await expect(page.getByLabel("Cognome")).toBeHidden();
  await accessible(page, "locked");
  await shot(page, "bloccata");
  // The desk itself refuses, whoever asks.
  await expect(desk.now.ask({ kind: "demo_prescriptions" }, "demo_prescriptions")).rejects.toThrow(/"locked"/);
  await page.getByLabel("Frase segreta").fill("una frase sbagliata");
  await page.keyboard.press("Enter");
  await expect(page.getByText("La frase segreta non è giusta.")).toBeVisible();
  await accessible(page, "locked, wrong passphrase");
  await shot(page, "bloccata-frase-sbagliata");
  await page.getByLabel("Frase segreta").fill("una frase abbastanza lunga");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Cognome")).toHaveValue(surname);
  await expect(page.getByLabel("Telefono")).toHaveValue("010 5551234");
  await expect(page.getByRole("button", { name: "Blocca" })).toBeFocused();
});

test("an idle desk warns a minute before, can be kept open, and locks with what was typed", async ({ page }) => {
  await page.clock.install();
  await page.goto("about:blank");
  await open(page, desk.now);
  await page.getByLabel("Cognome").fill("Bianchi");
  await page.clock.runFor("09:05");
  const warning = page.getByRole("alertdialog", { name: "La postazione sta per bloccarsi" });
  await expect(warning).toBeVisible();
  await accessible(page, "the warning before the lock");
  await shot(page, "avviso-blocco");
  await page.keyboard.press("Enter");
  await expect(warning).toBeHidden();
  await page.clock.runFor("08:30");
  await expect(warning).toBeHidden();
  await page.clock.runFor("02:00");
  await expect(page.getByRole("heading", { name: "Sblocco" })).toBeVisible();
  await page.getByLabel("Frase segreta").fill("una frase abbastanza lunga");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Cognome")).toHaveValue("Bianchi");
});

test("the dialogs of the shell: commands, keys, second desk, settings", async ({ page }) => {
  await page.keyboard.press("Control+k");
  await page.getByLabel("Cerca un comando").fill("imp");
  await expect(page.getByRole("option", { name: /Apri Impostazioni/ })).toBeVisible();
  await accessible(page, "the list of commands");
  await shot(page, "comandi");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Diagnostica" })).toBeVisible();
  await expect(page.getByText("Nessuna anomalia")).toBeVisible();
  await page.getByText("Che cosa c’è nel rapporto").click();
  await accessible(page, "Impostazioni");
  await shot(page, "impostazioni");
  await page.keyboard.press("F1");
  await accessible(page, "the keys");
  await shot(page, "tasti");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Seconda postazione" }).click();
  await accessible(page, "what a second desk needs");
  await shot(page, "seconda-postazione");
});

test("the stock is seen by service, and what cannot be sent goes to a file", async ({ page }) => {
  // A place set aside is told by its hour, and all of them behind the status bar.
  await page.getByRole("contentinfo").getByRole("button", { name: /^Posti garantiti \d+, scadono/ }).click();
  const stock = page.getByRole("dialog", { name: "Posti garantiti" });
  await expect(stock.getByRole("row")).not.toHaveCount(1);
  await accessible(page, "the stock by service");
  await shot(page, "posti-garantiti");
  await page.keyboard.press("Escape");
  await desk.now.ask({ kind: "demo_link", up: false }, "status");
  try {
    // A service of which nothing is set aside: that is said, and a place that is not guaranteed can be had.
    const { services } = (await desk.now.ask({ kind: "status" }, "status")).stock;
    const every = await desk.now.ask({ kind: "demo_prescriptions" }, "demo_prescriptions");
    const without = every.find(
      (one) =>
        one.title.includes("classe D") &&
        one.prescription.services.length === 1 &&
        services.every((set) => !one.prescription.services.includes(set.service)),
    );
    if (!without) throw new Error(`everything is set aside: ${services.map((line) => line.service).join(" ")}`);
    await fill(page, without.title);
    await takeFirst(page);
    await expect(page.getByText(/^Per questa prestazione i posti garantiti sono finiti/)).toBeVisible();
    await accessible(page, "the stock of a service used up");
    await shot(page, "garantiti-finiti");
    await page.keyboard.press("F2");
    const ready = await desk.now.prescription("Elettrocardiogramma, classe D");
    await fill(page, ready.title);
    await takeFirst(page);
    await page.keyboard.press("F9");
    await outcome(page, /^(In coda – non confermata|Garantita \(da trasmettere\))$/);
    await page.keyboard.press("F8");
    await page.getByRole("tab", { name: /^In coda \(1\)/ }).click();
    await page.getByRole("button", { name: "File di soccorso" }).click();
    await accessible(page, "what a rescue file is");
    await shot(page, "file-di-soccorso");
    await page.getByRole("button", { name: "Scrivi il file" }).click();
    await expect(page.getByText(/^File di soccorso scritto in .*\.lanterna$/)).toBeVisible();
    await accessible(page, "Coda, the rescue file written");
    // A row goes with the outcome while it has the focus; the focus does not.
    await page.getByRole("tabpanel").getByRole("button").first().focus();
    await desk.now.ask({ kind: "demo_link", up: true }, "status");
    await expect(page.getByRole("tab", { name: "In coda (0)" })).toBeFocused();
  } finally {
    await desk.now.ask({ kind: "demo_link", up: true }, "status");
  }
});

test("the report that is copied holds nothing of a patient", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("Alt+3");
  await page.getByRole("button", { name: "Copia rapporto" }).click();
  await expect(page.getByText("Rapporto copiato: non contiene dati personali.")).toBeVisible();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  expect(report).toMatch(/^lanterna: \d+\.\d+\.\d+\n/);
  expect(report).toContain("findings: 0");
  const all = await desk.now.ask({ kind: "demo_prescriptions" }, "demo_prescriptions");
  for (const { patient, prescription } of all) {
    for (const secret of [patient.id, patient.surname, prescription.nre]) expect(report).not.toContain(secret);
  }
});
