// What diagnostics show as traffic lights, and as a text to be sent to whoever helps. Figures and states
// only: nothing of a patient, a booking or an operator.
import type { DiagnosticsView } from "../bindings/DiagnosticsView";
import type { StatusView } from "../bindings/StatusView";
import type { Look } from "../shared/Mark.svelte";
import { t } from "../shared/words";

export interface Light {
  id: "network" | "central" | "data" | "queue" | "archive";
  look: Look;
  words: string;
}

const MINUTE = 60_000;
/** Data older than this are old, and very old. */
const OLD = 4 * 60 * MINUTE;
const VERY_OLD = 24 * 60 * MINUTE;

export function lights(status: StatusView, figures: DiagnosticsView | null): Light[] {
  const link = status.link;
  const age = status.data_at ? Date.parse(status.now) - Date.parse(status.data_at) : Infinity;
  const reached = link !== "offline" && link !== "unknown";
  const speaks = link === "online" || link === "sending";
  return [
    { id: "network", look: reached ? "good" : "grey", words: t(reached ? "light-reached" : `link-${link}`) },
    {
      id: "central",
      look: !reached ? "grey" : !speaks ? "red" : status.service === "open" ? "good" : "amber",
      words: !speaks ? t(`link-${link}`) : t(`service-${(status.service ?? "open").replaceAll("_", "-")}`),
    },
    {
      id: "data",
      look: age < OLD ? "good" : age < VERY_OLD ? "amber" : "red",
      words: t(age < OLD ? "light-fresh" : age < VERY_OLD ? "data-old" : "data-very-old"),
    },
    {
      id: "queue",
      look: status.to_resolve > 0 ? "amber" : status.queued > 0 ? "grey" : "good",
      words: `${t("status-queued", { count: status.queued })}, ${t("status-to-resolve", { count: status.to_resolve })}`,
    },
    {
      id: "archive",
      look: !figures ? "grey" : figures.findings === 0 ? "good" : "red",
      words: !figures ? t("loading") : t("light-findings", { count: figures.findings }),
    },
  ];
}

/** The report, in one language whoever reads it. */
export function report(status: StatusView, figures: DiagnosticsView): string {
  const rows: [string, unknown][] = [
    ["lanterna", figures.version],
    ["system", figures.system],
    ["desk", status.desk],
    ["channel", status.channel],
    ["central", status.central],
    ["now", status.now],
    ["link", status.link],
    ["service", status.service],
    ["data_at", status.data_at],
    ["retry_at", status.retry_at],
    ["queued", status.queued],
    ["to_resolve", status.to_resolve],
    ["schedules", figures.schedules],
    ["slots", figures.slots],
    ["chunk_bytes", figures.chunk_bytes],
    ["findings", figures.findings],
    ["key", figures.passphrase ? "passphrase" : "keychain"],
    ["demonstration", status.demonstration],
  ];
  return rows.map(([name, value]) => `${name}: ${value ?? "-"}`).join("\n");
}
