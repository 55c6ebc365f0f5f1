// Free places by pages, as far as somebody looks. What moved is fetched again only where it is seen.
import type { Found } from "../bindings/Found";
import type { FoundRow } from "../bindings/FoundRow";
import type { RpcError } from "../bindings/RpcError";
import type { SearchQuery } from "../bindings/SearchQuery";
import { ask, asError } from "../host";

/** Rows of a page. */
export const PAGE = 50;

type Fetch = (query: SearchQuery) => Promise<Found>;

export class Results {
  /** The first page with the figures of the whole search. */
  first = $state.raw<Found | null>(null);
  pages = $state.raw<FoundRow[][]>([]);
  more = $state(false);
  loading = $state(false);
  error = $state.raw<RpcError | undefined>();
  /** Rises with every other question. */
  asked = $state(0);

  private query: SearchQuery | null = null;
  private wanted = new Set<number>();
  private stale = new Set<number>();
  private seen: number[] = [0];
  private running = false;
  private answered = 0;

  constructor(private readonly fetch: Fetch = (query) => ask({ kind: "search", query }, "found")) {}

  get rows(): FoundRow[] {
    return this.pages.flat();
  }

  /** Looks for something; what was found before stays until there is an answer. */
  look(query: SearchQuery): Promise<void> {
    this.query = query;
    this.asked += 1;
    this.seen = [0];
    this.stale.clear();
    this.wanted = new Set([0]);
    return this.run();
  }

  clear(): void {
    this.query = null;
    this.wanted.clear();
    this.stale.clear();
    this.first = null;
    this.pages = [];
    this.more = false;
    this.error = undefined;
  }

  /** Places were taken or freed: what is on the screen is fetched again, the rest when it is seen. */
  refresh(): Promise<void> {
    this.stale = new Set(this.pages.keys());
    this.wanted = new Set([0, ...this.seen]);
    return this.run();
  }

  /** These pages are on the screen. */
  see(pages: number[]): void {
    this.seen = pages;
    for (const page of pages) if (this.stale.has(page)) this.wanted.add(page);
    if (this.wanted.size > 0) void this.run();
  }

  /** One page more. */
  next(): Promise<void> {
    if (this.more) this.wanted.add(this.pages.length);
    return this.run();
  }

  // One question under way at most; what is wanted meanwhile is asked next.
  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.loading = true;
    for (let page = this.take(); page !== undefined && this.query; page = this.take()) {
      const query = this.query;
      try {
        const found = await this.fetch({ ...query, offset: page * PAGE, limit: PAGE });
        if (this.query === query) this.put(page, found);
      } catch (thrown) {
        if (this.query === query) this.error = asError(thrown);
      }
    }
    this.running = false;
    this.loading = false;
  }

  private take(): number | undefined {
    const page = [...this.wanted].sort((one, other) => one - other)[0];
    if (page !== undefined) this.wanted.delete(page);
    return page;
  }

  private put(page: number, found: Found): void {
    // The first answer to another question replaces what was found before.
    const pages = this.answered === this.asked ? [...this.pages] : [];
    this.answered = this.asked;
    this.error = undefined;
    this.stale.delete(page);
    if (page > pages.length) return;
    pages[page] = found.rows;
    // A page that has become the last one ends the list.
    if (!found.more) pages.length = page + 1;
    if (page === pages.length - 1) this.more = found.more;
    if (page === 0) this.first = found;
    this.pages = pages;
  }
}
