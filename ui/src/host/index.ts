// The one way to the desk. Only this folder knows whether it is a window or a browser.
import type { Event } from "../bindings/Event";
import type { Reply } from "../bindings/Reply";
import type { Request } from "../bindings/Request";
import type { RpcError } from "../bindings/RpcError";
import { browserHost } from "./http";
import { windowHost } from "./tauri";

export interface Host {
  /** Asks the desk; throws an RpcError. */
  rpc(request: Request): Promise<Reply>;
  /** Hears news until the returned function is called. */
  listen(heard: (event: Event) => void): () => void;
  /** Hears what is chosen in the window's menus, by the id of the command. */
  menu(chosen: (id: string) => void): () => void;
  /** Shows everything larger or smaller, in hundredths. */
  zoom(hundredths: number): void;
  /** Ctrl with +, - and 0 is for the screens: nobody else zooms. */
  readonly zoomKeys: boolean;
}

export const host: Host = "__TAURI_INTERNALS__" in globalThis ? windowHost() : browserHost();

type Value<K extends Reply["kind"]> = Extract<Reply, { kind: K }> extends { value: infer V } ? V : undefined;

/** Asks and expects one kind of answer. */
export async function ask<K extends Reply["kind"]>(request: Request, kind: K): Promise<Value<K>> {
  const reply = await host.rpc(request);
  if (reply.kind !== kind) throw { code: "internal", field: null, params: {} } satisfies RpcError;
  return ("value" in reply ? reply.value : undefined) as Value<K>;
}

/** Whatever was thrown, as an error of the desk. */
export function asError(thrown: unknown): RpcError {
  if (thrown && typeof thrown === "object" && "code" in thrown) return thrown as RpcError;
  return { code: "internal", field: null, params: {} };
}
