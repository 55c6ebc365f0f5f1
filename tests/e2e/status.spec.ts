// The status bar: link, age of the data, queue, and a synchronisation that ends in something seen.
import type { Page } from "@playwright/test";

import type { StatusView } from "../../ui/src/bindings/StatusView";
import { accessible, expect, open, shot, test, withDesk } from "./desk";

const desk = withDesk();
const bar = (page: Page) => page.getByRole("contentinfo");

/** The desk's word, but for some figures: the age of data cannot be waited for. */
async function told(page: Page, part: (status: StatusView) => Partial<StatusView>): Promise<void> {
  await page.route("**/rpc", async (route) => {
    const kind = (route.request().postDataJSON() as { kind: string }).kind;
    if (kind !== "status") return route.fallback();
    const response = await route.fetch();
    const reply = (await response.json()) as { kind: "status"; value: StatusView };
    await route.fulfill({ response, json: { ...reply, value: { ...reply.value, ...part(reply.value) } } });
  });
  await open(page, desk.now);
}

const ago = (status: StatusView, hours: number) => new Date(Date.parse(status.now) - hours * 3_600_000).toISOString();

test("fresh data show their hour and age", async ({ page }) => {
  await told(page, (status) => ({ data_at: ago(status, 8 / 60) }));
  await expect(bar(page).getByText(/Dati \d\d:\d\d \(8 min fa\)/)).toBeVisible();
  await expect(bar(page).getByText("Online", { exact: true })).toBeVisible();
  await expect(bar(page).getByText("In coda 0")).toBeVisible();
  await expect(bar(page).getByText("Da risolvere 0")).toBeVisible();
});

test("data older than four hours, and than a day, say so ever more strongly", async ({ page }) => {
  let hours = 5;
  await told(page, (status) => ({ data_at: ago(status, hours), to_resolve: 1, queued: 2 }));
  await expect(bar(page).getByText("Dati non recenti")).toBeVisible();
  await expect(bar(page).getByText(/\(5 h fa\)/)).toBeVisible();
  await accessible(page, "data older than four hours");
  await shot(page, "dati-non-recenti");
  hours = 50;
  await page.reload();
  await expect(bar(page).getByText("Dati vecchi di oltre un giorno")).toBeVisible();
  await expect(bar(page).getByText(/\(2 giorni fa\)/)).toBeVisible();
  await accessible(page, "data older than a day");
  await shot(page, "dati-vecchi");
});

for (const [link, words, look] of [
  ["offline", "Fuori linea – nessuna rete verso il CUP", "grey"],
  ["failing", "Invio fallito – il CUP risponde con errori", "amber"],
  ["sending", "In invio", "blue"],
  ["protocol", "Versione del CUP non compatibile", "red"],
  ["unauthorized", "Il CUP non riconosce questa postazione", "red"],
] as const) {
  test(`a link that is ${link} has its own words and look`, async ({ page }) => {
    await told(page, (status) => ({ link, retry_at: link === "sending" ? null : new Date(Date.parse(status.now) + 30_000).toISOString() }));
    await expect(bar(page).getByText(words)).toBeVisible();
    await expect(bar(page).locator(`.state.${look}`, { hasText: words })).toBeVisible();
    await expect(bar(page).locator(`.state.${look} svg`).first()).toBeVisible();
    await accessible(page, `link ${link}`);
    await shot(page, `collegamento-${link}`);
  });
}

test("a synchronisation asked for ends in something seen, with and without a network", async ({ page }) => {
  await open(page, desk.now);
  await expect(bar(page).getByText("Online", { exact: true })).toBeVisible();
  await page.keyboard.press("F5");
  await expect(bar(page).getByText(/Sincronizzato alle \d\d:\d\d/)).toBeVisible();
  await page.getByRole("button", { name: "Stacca rete" }).click();
  await expect(bar(page).getByText("Fuori linea – nessuna rete verso il CUP", { exact: true })).toBeVisible();
  await bar(page).getByRole("button", { name: /^Sincronizza ora/ }).click();
  await expect(bar(page).getByText("Non sincronizzato: Fuori linea – nessuna rete verso il CUP")).toBeVisible();
  await accessible(page, "off line, after a synchronisation that failed");
  await shot(page, "sincronizzazione-non-riuscita");
  await page.getByRole("button", { name: "Riattacca" }).click();
  await expect(bar(page).getByText("Online", { exact: true })).toBeVisible();
});

test("the first download shows how far it is, and that it waits when the centre is silent", async ({ page }) => {
  await page.route("**/rpc", async (route) => {
    const kind = (route.request().postDataJSON() as { kind: string }).kind;
    if (kind !== "status" && kind !== "stage") return route.fallback();
    const response = await route.fetch();
    const reply = (await response.json()) as { kind: string; value: object };
    const value =
      kind === "stage"
        ? { ...reply.value, stage: "first_download" }
        : { ...reply.value, data_at: null, link: "offline", download: { done_bytes: 40_000, total_bytes: 90_000, done_chunks: 4, total_chunks: 9, seconds_left: null } };
    await route.fulfill({ response, json: { ...reply, value } });
  });
  await page.goto(desk.now.address);
  await expect(page.getByText("Il CUP non risponde: lo scarico riprende da solo appena torna raggiungibile.")).toBeVisible();
  await expect(page.getByRole("progressbar", { name: "Primo scarico" })).toBeVisible();
  await accessible(page, "first download, waiting");
  await shot(page, "primo-scarico");
});
