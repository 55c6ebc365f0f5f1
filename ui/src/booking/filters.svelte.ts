// Where and when is looked for. Area is a filter, not a wall.
import type { SearchQuery } from "../bindings/SearchQuery";
import type { Sort } from "../bindings/Sort";
import { reset } from "../shared/reset";
import type { Form } from "./form.svelte";

export class Filters {
  sort = $state<Sort>("date");
  from = $state("");
  to = $state("");
  part = $state<"" | "morning" | "afternoon">("");
  weekdays = $state(0);
  km = $state<number | null>(null);
  organization = $state("");

  clear(): void {
    reset(this, new Filters());
  }

  /** Whether anything keeps places out. */
  get narrow(): boolean {
    return this.from !== "" || this.to !== "" || this.part !== "" || this.weekdays !== 0 || this.km !== null || this.organization !== "";
  }

  /** Everything but the order. */
  widen(): void {
    const sort = this.sort;
    this.clear();
    this.sort = sort;
  }

  query(form: Form, limit: number): SearchQuery {
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
      location: null,
      birth_date: form.birthDate || null,
      sex: form.sex || null,
      sort: this.sort,
      offset: 0,
      limit,
    };
  }
}
