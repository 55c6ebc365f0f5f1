// Which language the screens speak. What a patient gets on paper stays Italian.
import type { Language } from "../bindings/Language";

class Spoken {
  language = $state<Language>("it");
}

export const locale = new Spoken();
