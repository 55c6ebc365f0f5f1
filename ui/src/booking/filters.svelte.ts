// Where and when is looked for. Area is a filter, not a wall.
import type { SearchQuery } from "../bindings/SearchQuery";
import type { Sort } from "../bindings/Sort";
import { reset } from "../shared/reset";
import type { Form } from "./form.svelte";

/** How the free places are shown. */
export type View = "list" | "days" | "map";

export class Filters {
  sort = $state<Sort>("date");
  from = $state("");
  to = $state("");
  part = $state<"" | "morning" | "afternoon">("");
  weekdays = $state(0);
  km = $state<number | null>(null);
  organization = $state("");
  /** Only this site, chosen on the map. */
  site = $state<{ id: number; name: string } | null>(null);
  view = $state<View>("list");

  /** Everything but the way it is shown. */
  clear(): void {
    const view = this.view;
    reset(this, new Filters());
    this.view = view;
  }

  /** Whether anything keeps places out. */
  get narrow(): boolean {
    const narrowed = this.from || this.to || this.part || this.organization || this.weekdays !== 0;
    return Boolean(narrowed) || this.km !== null || this.site !== null;
  }

  /** Everything but the order. */
  widen(): void {
    const sort = this.sort;
    this.clear();
    this.sort = sort;
  }

  query(form: Form): SearchQuery {
    return {
      services: form.services.map((service) => service.code),
      priority: form.access === "first" ? form.priority : null,
      access: form.access,
      requested_at: form.requestedAt,
      from: this.from || null,
      to: this.to || null,
      weekdays: this.weekdays,
      from_minute: this.part === "afternoon" ? 13 * 60 : null,
      to_minute: this.part === "morning" ? 13 * 60 : null,
      origin: form.municipality?.code ?? null,
      max_km: this.km || null,
      organization: this.organization || null,
      location: this.site?.id ?? null,
      birth_date: form.birthDate || null,
      sex: form.sex || null,
      sort: this.sort,
      offset: 0,
      limit: 1,
    };
  }
}
