// The words of the Fluent catalogues: the same files for screen, paper and command line.
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

import type { RpcError } from "../bindings/RpcError";

const sources = import.meta.glob<string>("../../locales/it/*.ftl", { query: "?raw", import: "default", eager: true });

const bundle = new FluentBundle("it", { useIsolating: false });
for (const source of Object.values(sources)) bundle.addResource(new FluentResource(source));

/** The message of an id; the id itself where there is none. */
export function t(id: string, values?: Record<string, FluentVariable>): string {
  const message = bundle.getMessage(id);
  return message?.value ? bundle.formatPattern(message.value, values, []) : id;
}

/** An error of the desk in words. */
export function errorText(error: RpcError): string {
  return t(`error-${error.code}`, error.params as Record<string, string>);
}

/** The word of a booking's state. */
export function stateWord(state: string): string {
  return t(`state-${state.replaceAll("_", "-")}`);
}
