import { expect, test } from "vitest";

import type { StatusView } from "../bindings/StatusView";
import { ended } from "./sync.svelte";

const status = (part: Partial<StatusView>): StatusView => ({
  link: "online",
  service: "open",
  data_at: "2026-11-09T08:00:00Z",
  now: "2026-11-09T08:00:10Z",
  queued: 0,
  to_resolve: 0,
  download: null,
  retry_at: null,
  central: null,
  desk: null,
  channel: null,
  notices: [],
  demonstration: false,
  demo_link_up: null,
  schedules: 0,
  stock: { places: 0, until: null, services: [], withheld: null, promised: 0, promised_until: null, copied_at: null },
  ...part,
});

test("data that agree after the key was pressed are a success", () => {
  expect(ended(status({}), status({ data_at: "2026-11-09T08:00:11Z" }))).toBe("done");
  expect(ended(status({}), status({}))).toBeNull();
});

test("a link that fails anew is a failure, and one that failed before is none yet", () => {
  const before = status({ link: "offline", retry_at: "2026-11-09T08:00:20Z" });
  expect(ended(before, before)).toBeNull();
  expect(ended(before, { ...before, link: "unknown", retry_at: null })).toBeNull();
  expect(ended(before, { ...before, retry_at: "2026-11-09T08:00:31Z" })).toBe("failed");
});
