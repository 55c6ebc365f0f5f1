// What is typed for a booking. It outlives every look at another screen.
import type { AccessType } from "../bindings/AccessType";
import type { BookingView } from "../bindings/BookingView";
import type { DemoPrescription } from "../bindings/DemoPrescription";
import type { FoundRow } from "../bindings/FoundRow";
import type { MunicipalityView } from "../bindings/MunicipalityView";
import type { PatientCheck } from "../bindings/PatientCheck";
import type { PatientInput } from "../bindings/PatientInput";
import type { PrescriptionInput } from "../bindings/PrescriptionInput";
import type { Priority } from "../bindings/Priority";
import type { Sex } from "../bindings/Sex";
import { reset } from "../shared/reset";

/** An identifier for a draft: the same form sent twice is one booking. */
export const newDraft = (): string => crypto.randomUUID();

/** A code as the desk writes it. */
const plain = (id: string): string => id.replace(/\s/g, "").toUpperCase();

export class Form {
  draft = $state(newDraft());
  id = $state("");
  surname = $state("");
  givenName = $state("");
  birthDate = $state("");
  sex = $state<Sex | "">("");
  phone = $state("");
  municipality = $state<MunicipalityView | null>(null);
  demonstration = $state(false);
  nre = $state("");
  access = $state<AccessType>("first");
  priority = $state<Priority | null>("D");
  issuedOn = $state("");
  exemption = $state("");
  prescriber = $state("");
  services = $state<{ code: string; name: string }[]>([]);
  /** When the patient asked: the class's clock starts here. */
  requestedAt = $state<string | null>(null);
  /** The code of the person the fields were filled in for. */
  private whose = $state("");
  /** The booking this form moves, with the version that was looked at. */
  moving = $state<BookingView | null>(null);

  clear(): void {
    reset(this, new Form());
  }

  /** Whether anything was typed or scanned. */
  get touched(): boolean {
    return [this.id, this.surname, this.givenName, this.phone, this.nre, this.exemption].some((text) => text !== "") || this.services.length > 0;
  }

  /** All of it, to be taken up again. */
  keep(): Form {
    const kept = new Form();
    kept.takeUp(this);
    return kept;
  }

  takeUp(kept: Form): void {
    reset(this, kept);
    this.services = kept.services.map((service) => ({ ...service }));
  }

  get patient(): PatientInput {
    return {
      id: this.id,
      surname: this.surname,
      given_name: this.givenName,
      birth_date: this.birthDate || null,
      sex: this.sex || null,
      municipality: this.municipality?.code ?? null,
      phone: this.phone,
      demonstration: this.demonstration,
    };
  }

  get prescription(): PrescriptionInput {
    return {
      nre: this.nre,
      priority: this.access === "first" ? this.priority : null,
      access: this.access,
      issued_on: this.issuedOn || null,
      diagnosis: "",
      exemption: this.exemption,
      prescriber: this.prescriber,
      services: this.services.map((service) => service.code),
    };
  }

  /** The code that is typed is another person's than the one the rest was filled in for. */
  get another(): boolean {
    return this.whose !== "" && this.whose !== plain(this.id);
  }

  /** Nothing of one person may stand beside the code of another. */
  private forget(): void {
    const fresh = new Form();
    for (const field of ["surname", "givenName", "birthDate", "sex", "phone", "municipality", "demonstration"] as const)
      Reflect.set(this, field, fresh[field]);
  }

  /** With what to ask who a code names: the fields go along unless they are another person's. */
  get asked(): PatientInput {
    const { patient } = this;
    if (!this.another) return patient;
    return { ...patient, surname: "", given_name: "", birth_date: null, sex: null, municipality: null, phone: "", demonstration: false };
  }

  /** Takes what is known of a person; until a code is that of another, nothing typed goes away. */
  known(patient: PatientCheck): void {
    this.id = patient.id;
    if (this.another) this.forget();
    this.whose = patient.id;
    this.surname ||= patient.surname;
    this.givenName ||= patient.given_name;
    this.birthDate = patient.birth_date ?? this.birthDate;
    this.sex = patient.sex ?? this.sex;
    this.phone ||= patient.phone;
    this.municipality ??= patient.municipality;
  }

  fill(patient: PatientInput, prescription: PrescriptionInput, municipality: MunicipalityView | null): void {
    this.clear();
    this.id = patient.id;
    this.whose = plain(patient.id);
    this.surname = patient.surname;
    this.givenName = patient.given_name;
    this.birthDate = patient.birth_date ?? "";
    this.sex = patient.sex ?? "";
    this.phone = patient.phone;
    this.municipality = municipality;
    this.demonstration = patient.demonstration;
    this.nre = prescription.nre;
    this.access = prescription.access;
    this.priority = prescription.priority;
    this.issuedOn = prescription.issued_on ?? "";
    this.exemption = prescription.exemption;
    this.prescriber = prescription.prescriber;
    this.services = prescription.services.map((code) => ({ code, name: code }));
  }

  ready(one: DemoPrescription): void {
    this.fill(one.patient, one.prescription, one.municipality);
  }
}

/** One row a person chose, and the hold on it. */
export interface Choice {
  row: FoundRow;
  hold: string | null;
  expiresAt: number | null;
  /** The central was asked, and answered or could not. */
  settled: boolean;
}
