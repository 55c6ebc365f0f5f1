# Le parole per gli stati di una prenotazione: le stesse su schermo, carta e riga di comando.
# Sono quelle della tabella "Words for states" del progetto; non si cambiano altrove.

state-queued = In coda – non confermata
state-guaranteed = Garantita (da trasmettere)
state-sending = In invio
state-confirmed = Confermata
state-conflict = Da risolvere (posto occupato)
state-needs-operator = Da risolvere
state-rejected = Rifiutata
state-cancelled = Annullata

# Sul promemoria. $until: data e ora già scritte per esteso.
slip-awaiting = IN ATTESA DI CONFERMA
slip-guaranteed = POSTO GARANTITO fino al { $until }
slip-confirmed = PRENOTAZIONE CONFERMATA
slip-cancelled = ANNULLATA

# Perché un posto non si può avere. Non dicono mai chi lo ha.
conflict-taken = Il posto è stato preso da altri nel frattempo.
conflict-no-such-slot = A quest’ora l’agenda non ha più un posto di questa durata.
conflict-closed = La struttura ha chiuso il posto o sospeso l’agenda.
conflict-class-quota = I posti per questa classe di priorità sono esauriti.

# Perché il CUP rifiuta in modo definitivo.
rejected-already-booked = Già prenotata: una prestazione della ricetta ha già una prenotazione attiva.
rejected-prescription-expired = La ricetta non era più valida il giorno della richiesta.
rejected-prescription-invalid = La ricetta non rispetta una regola (prestazioni, branca o classe).
rejected-service-not-offered = L’agenda non offre questa prestazione.
rejected-access-type = L’agenda non accetta questo tipo di accesso.
rejected-patient-age = L’età dell’assistito è fuori dai limiti dell’agenda.
rejected-patient-sex = L’agenda è riservata all’altro sesso.
rejected-channel-not-allowed = L’agenda non è prenotabile da questo canale.
rejected-in-the-past = L’orario richiesto è già passato.
rejected-beyond-horizon = L’orario richiesto è oltre il periodo prenotabile dell’agenda.
rejected-unknown-booking = Il CUP non conosce questa prenotazione per questa postazione.
rejected-already-cancelled = La prenotazione è già annullata.
rejected-malformed = La richiesta non è leggibile o supera un limite.

# Perché deve decidere una persona.
needs-operator-predecessor-lost = Manca l’operazione che precede questa: non è nota né al CUP né a questa postazione.
needs-operator-id-reused = Lo stesso identificativo è già arrivato al CUP con un altro contenuto.
needs-operator-guarantee-lapsed = La prenotazione era garantita ma è arrivata al CUP dopo la scadenza della garanzia, e il posto non è più libero.
needs-operator-answer-lost = Il CUP ha già risposto, ma questa postazione non ha più la risposta.
needs-operator-unreadable = Il CUP non sa leggere questa operazione.

# Che cosa è avvenuto delle operazioni di un file di soccorso
rescue-carried = { $operations } operazioni: { $confirmed } confermate, { $conflicts } in conflitto, { $rejected } rifiutate, { $operator } per l’operatore, { $known } già note, { $waiting } senza risposta
