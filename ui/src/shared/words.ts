// The words of the Fluent catalogues: the same files for screen, paper and command line.
import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";

import type { Language } from "../bindings/Language";
import type { RpcError } from "../bindings/RpcError";
import { locale } from "./locale.svelte";

const sources = import.meta.glob<string>("../../locales/*/*.ftl", { query: "?raw", import: "default", eager: true });

function bundle(language: Language): FluentBundle {
  const made = new FluentBundle(language, { useIsolating: false });
  for (const [path, source] of Object.entries(sources)) {
    if (path.includes(`/${language}/`)) made.addResource(new FluentResource(source));
  }
  return made;
}

const bundles: Record<Language, FluentBundle> = { it: bundle("it"), en: bundle("en") };

/** The message of an id in the language that is spoken; the id itself where there is none. */
export function t(id: string, values?: Record<string, FluentVariable>): string {
  const spoken = bundles[locale.language];
  const message = spoken.getMessage(id);
  return message?.value ? spoken.formatPattern(message.value, values, []) : id;
}

/** An error of the desk in words. */
export function errorText(error: RpcError): string {
  return t(`error-${error.code}`, error.params as Record<string, string>);
}

/** The word of a booking's state. */
export function stateWord(state: string): string {
  return t(`state-${state.replaceAll("_", "-")}`);
}
